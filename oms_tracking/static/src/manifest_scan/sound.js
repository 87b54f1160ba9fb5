/** Tones for people who look at parcels, not at screens: high for "yes", low and twice for "stop". */
const TONES = {
    ok: [[1200, 0.1]],
    warning: [[700, 0.12]],
    stop: [
        [220, 0.2],
        [180, 0.35],
    ],
};

let context;

export function play(tone) {
    const Context = window.AudioContext || window.webkitAudioContext;
    if (!Context) {
        return;
    }
    context = context || new Context();
    let at = context.currentTime;
    for (const [frequency, seconds] of TONES[tone] || []) {
        const source = context.createOscillator();
        const volume = context.createGain();
        source.frequency.value = frequency;
        volume.gain.value = 0.2;
        source.connect(volume).connect(context.destination);
        source.start(at);
        source.stop(at + seconds);
        at += seconds + 0.05;
    }
}
