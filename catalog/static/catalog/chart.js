// Says the value of the point that is nearest to the pointer, or that the arrow keys lead to. Without it each point has
// its value as a title, and a table stands below.
"use strict";

const KEYS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

function makeReadable(chart) {
  const marks = [...chart.querySelectorAll(".dot, rect")].filter((mark) => mark.querySelector("title"));
  if (!marks.length) return;
  const readout = document.createElement("p");
  readout.className = "readout quiet";
  readout.setAttribute("aria-live", "polite");
  chart.after(readout);
  chart.tabIndex = 0;
  let at = 0;

  function show(position) {
    marks[at].classList.remove("on");
    at = (position + marks.length) % marks.length;
    marks[at].classList.add("on");
    readout.textContent = marks[at].querySelector("title").textContent;
  }

  function clear() {
    marks[at].classList.remove("on");
    readout.textContent = "";
  }

  chart.addEventListener("pointermove", (event) => {
    const distances = marks.map((mark) => {
      const box = mark.getBoundingClientRect();
      return Math.hypot(event.clientX - box.x - box.width / 2, event.clientY - box.y - box.height / 2);
    });
    show(distances.indexOf(Math.min(...distances)));
  });
  chart.addEventListener("pointerleave", clear);
  chart.addEventListener("focus", () => show(at));
  chart.addEventListener("blur", clear);
  chart.addEventListener("keydown", (event) => {
    if (!(event.key in KEYS)) return;
    event.preventDefault();
    show(at + KEYS[event.key]);
  });
}

for (const chart of document.querySelectorAll("figure.chart > svg")) makeReadable(chart);
