// A button beside each command that copies it. Browsers offer a clipboard over HTTPS and on this machine only.
if (navigator.clipboard) {
  for (const command of document.querySelectorAll("pre.command")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(command.textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    const frame = document.createElement("div");
    frame.className = "copyable";
    command.replaceWith(frame);
    frame.append(command, button);
  }
}
