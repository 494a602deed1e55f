// Security keys: the browser asks for one, and what the key answers goes with the form. A code does without all this.
"use strict";

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
const base64url = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const described = (keys = []) => keys.map((key) => ({ ...key, id: bytes(key.id) }));
const sentences = { NotAllowedError: "cancelled", AbortError: "cancelled", InvalidStateError: "known", SecurityError: "address" };

const create = async (options) => {
  const user = { ...options.user, id: bytes(options.user.id) };
  const excludeCredentials = described(options.excludeCredentials);
  const publicKey = { ...options, user, excludeCredentials, challenge: bytes(options.challenge) };
  const { id, rawId, type, response } = await navigator.credentials.create({ publicKey });
  return {
    id, type, rawId: base64url(rawId),
    response: {
      clientDataJSON: base64url(response.clientDataJSON),
      attestationObject: base64url(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  };
};

const get = async (options) => {
  const allowCredentials = described(options.allowCredentials);
  const publicKey = { ...options, allowCredentials, challenge: bytes(options.challenge) };
  const { id, rawId, type, response } = await navigator.credentials.get({ publicKey });
  return {
    id, type, rawId: base64url(rawId),
    response: {
      clientDataJSON: base64url(response.clientDataJSON),
      authenticatorData: base64url(response.authenticatorData),
      signature: base64url(response.signature),
    },
  };
};

document.querySelectorAll("form[data-key]").forEach((form) => {
  const told = (name) => form.querySelectorAll("[data-key-problem]").forEach((one) => { one.hidden = one.dataset.keyProblem !== name; });
  const button = form.querySelector("[data-key-button]");
  if (!window.PublicKeyCredential) {
    button.hidden = true;
    told("missing");
    return;
  }
  if (!form.querySelector("input:not([type=hidden])")) button.focus();
  form.addEventListener("submit", async (event) => {
    if (form.elements.response.value) return;
    event.preventDefault();
    told("");
    button.disabled = true;
    try {
      const ask = form.dataset.key === "create" ? create : get;
      form.elements.response.value = JSON.stringify(await ask(JSON.parse(form.dataset.options)));
    } catch (error) {
      told(sentences[error.name] ?? "failed");
    }
    button.disabled = false;
    if (form.elements.response.value) form.requestSubmit();
  });
});

// A page that the browser brings back has sent its answer already.
addEventListener("pageshow", () => document.querySelectorAll("form[data-key] [name=response]").forEach((one) => { one.value = ""; }));
