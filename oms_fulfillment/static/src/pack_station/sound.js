// Tones as [frequency in Hz, seconds, wave]: a hit is short and high, a mistake long and low.
const TONES = {
    ok: [[1046, 0.07, "sine"]],
    wrong: [
        [196, 0.25, "square"],
        [147, 0.4, "square"],
    ],
    done: [
        [784, 0.09, "sine"],
        [1046, 0.18, "sine"],
    ],
};

let context;

/** Play one of the tones; a browser that has no sound, or does not allow it yet, stays silent. */
export function play(name) {
    const Context = window.AudioContext || window.webkitAudioContext;
    if (!Context) {
        return;
    }
    context = context || new Context();
    context.resume?.().catch(() => {});
    let start = context.currentTime;
    for (const [frequency, seconds, wave] of TONES[name]) {
        const tone = new OscillatorNode(context, { type: wave, frequency });
        const volume = new GainNode(context, { gain: 0.2 });
        tone.connect(volume).connect(context.destination);
        tone.start(start);
        tone.stop(start + seconds);
        start += seconds;
    }
}
