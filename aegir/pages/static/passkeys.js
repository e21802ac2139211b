// What passkeys need beyond the library's scripts: buttons in time, and words where the browser's are for programmers.
"use strict";

// A button for passkeys works only with all of its scripts: pressed before they are there, it would send nothing.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("button[data-passkey]").forEach((button) => {
    button.disabled = false;
    if (button.autofocus) button.focus();
  });
});

const SENTENCES = {
  NotAllowedError: "The passkey was not used: it was cancelled, or there is none for this panel here.",
  InvalidStateError: "This device has a passkey for your account already.",
  SecurityError: "Passkeys work only over https, or on localhost: look at the address of this page.",
};

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const said = document.getElementById("passkey-said");
  const why = event.detail.exception;
  if (said) said.textContent = SENTENCES[why && why.name] || "The passkey did not work: try again, or sign in another way.";
  document.querySelectorAll("button:disabled").forEach((button) => { button.disabled = false; });
});
