// Says in words why a passkey did not work: the browser's own errors are for programmers.
"use strict";

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
