/* The signature field of the driver's page: drawn by finger, sent with the form. */
(() => {
    "use strict";
    const canvas = document.querySelector("canvas.signature");
    if (!canvas) {
        return;
    }
    const form = canvas.closest("form");
    const field = form.querySelector("input[name=signature]");
    const pen = canvas.getContext("2d");
    let drawing = false;
    let drawn = false;

    function fit() {
        const scale = window.devicePixelRatio || 1;
        canvas.width = canvas.clientWidth * scale;
        canvas.height = canvas.clientHeight * scale;
        pen.scale(scale, scale);
        pen.lineWidth = 2.5;
        pen.lineCap = "round";
        pen.strokeStyle = "#111";
        drawn = false;
    }

    function at(event) {
        const box = canvas.getBoundingClientRect();
        return [event.clientX - box.left, event.clientY - box.top];
    }

    canvas.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        canvas.setPointerCapture(event.pointerId);
        drawing = true;
        pen.beginPath();
        pen.moveTo(...at(event));
    });
    canvas.addEventListener("pointermove", (event) => {
        if (drawing) {
            drawn = true;
            pen.lineTo(...at(event));
            pen.stroke();
        }
    });
    canvas.addEventListener("pointerup", () => {
        drawing = false;
    });
    form.querySelector("button.clear").addEventListener("click", fit);
    form.addEventListener("submit", () => {
        field.value = drawn ? canvas.toDataURL("image/png") : "";
    });
    document.querySelector("details.deliver").addEventListener("toggle", (event) => {
        if (event.target.open) {
            fit();
        }
    });
    fit();
})();
