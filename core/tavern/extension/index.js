// Two entries in SillyTavern's menu that send the open character or chat to StudioNova on this computer.
// Where it answers, and the key for that, stand in studio.json beside this file; nothing goes anywhere else.

const WORDS = {
  en: { card: "Send this character to StudioNova", chat: "Send this chat to StudioNova", open: "Open a character first.",
        empty: "There is no message yet.", sent: "It is in StudioNova now.",
        silent: "StudioNova does not answer. Start it, and if that does not help, install the extension again there, under Settings, SillyTavern." },
  de: { card: "Diese Figur an StudioNova senden", chat: "Diesen Chat an StudioNova senden", open: "Öffne zuerst eine Figur.",
        empty: "Es gibt noch keine Nachricht.", sent: "Es ist jetzt in StudioNova.",
        silent: "StudioNova antwortet nicht. Starte es; hilft das nicht, installiere die Erweiterung dort neu, unter Einstellungen, SillyTavern." },
  es: { card: "Enviar este personaje a StudioNova", chat: "Enviar este chat a StudioNova", open: "Abre primero un personaje.",
        empty: "Aún no hay ningún mensaje.", sent: "Ya está en StudioNova.",
        silent: "StudioNova no responde. Ábrelo y, si no basta, instala de nuevo la extensión allí, en Ajustes, SillyTavern." },
  ja: { card: "このキャラクターを StudioNova に送る", chat: "このチャットを StudioNova に送る", open: "先にキャラクターを開いてください。",
        empty: "まだメッセージがありません。", sent: "StudioNova に届きました。",
        silent: "StudioNova が応答しません。起動しても直らないときは、設定の SillyTavern から拡張機能を入れ直してください。" },
};
const say = WORDS[navigator.language.slice(0, 2)] || WORDS.en;
const tell = (kind, text) => globalThis.toastr?.[kind](text, "StudioNova");

const studio = async () => (await fetch(new URL("studio.json", import.meta.url), { cache: "no-store" })).json();

const post = async (what, asked, body) => {
  let answer, told;
  try {
    const { address, key } = await studio();
    answer = await fetch(`${address}/tavern/${what}?${new URLSearchParams(asked)}`, {
      method: "POST", body, credentials: "omit",
      headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/octet-stream" } });
    told = await answer.json();
  } catch { throw new Error(say.silent); }
  if (!answer.ok) throw new Error(told.error || say.silent);
  return told.notices?.[0] || say.sent;
};

const sendCard = async () => {
  const context = SillyTavern.getContext(), person = context.characters[context.characterId];
  if (!person) throw new Error(say.open);
  const card = await fetch("/api/characters/export", {
    method: "POST", headers: context.getRequestHeaders(),
    body: JSON.stringify({ format: "png", avatar_url: person.avatar }) });
  if (!card.ok) throw new Error(say.open);
  return post("card", { name: person.avatar }, await card.blob());
};

const sendChat = async () => {
  const context = SillyTavern.getContext(), person = context.characters[context.characterId];
  const name = context.getCurrentChatId?.() ?? context.chatId;
  if (!name) throw new Error(say.open);
  if (!context.chat.length) throw new Error(say.empty);
  const head = { user_name: context.name1, character_name: context.name2, chat_metadata: context.chatMetadata };
  const lines = [head, ...context.chat].map((line) => JSON.stringify(line)).join("\n");
  const whose = context.groupId ? "" : (person?.avatar ?? "").replace(/\.png$/, "");
  return post("chat", { name: `${name}.jsonl`, whose }, lines);
};

const entry = (id, icon, label, act) => {
  const node = document.createElement("div");
  node.id = id;
  node.className = "list-group-item flex-container flexGap5 interactable";
  node.tabIndex = 0;
  const mark = node.appendChild(document.createElement("div"));
  mark.className = `fa-solid ${icon} extensionsMenuExtensionButton`;
  node.appendChild(document.createElement("span")).textContent = label;
  let busy = false;
  node.addEventListener("click", async () => {
    if (busy) return;
    busy = true;
    try { tell("success", await act()); } catch (trouble) { tell("error", trouble.message); }
    busy = false;
  });
  return node;
};

const begin = () => {
  const menu = document.getElementById("extensionsMenu");
  if (!menu) return void setTimeout(begin, 500);
  if (document.getElementById("studionova-card")) return;
  menu.append(entry("studionova-card", "fa-address-card", say.card, sendCard),
              entry("studionova-chat", "fa-clapperboard", say.chat, sendChat));
};
begin();
