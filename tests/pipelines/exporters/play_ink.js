// Plays ink JSON with inkjs: node play_ink.js <inkjs> <story.json> <answers…>; writes lines, tags and answers as JSON.
const [inkjs, file, ...answers] = process.argv.slice(2);
const { Story } = require(inkjs);
const story = new Story(require("fs").readFileSync(file, "utf-8").trim());
const told = [];
for (let n = 0; n < 200; n++) {
  while (story.canContinue) { const line = story.Continue().trim(); if (line) told.push([line, story.currentTags]); }
  if (!story.currentChoices.length || !answers.length) break;
  const want = answers.shift();
  told.push(["?", story.currentChoices.map(c => c.text)]);
  story.ChooseChoiceIndex(+want);
}
console.log(JSON.stringify({ told, errors: story.currentErrors || [], state: Object.fromEntries(
  [...(story.variablesState._globalVariables || new Map()).keys()].map(k => [k, story.variablesState[k]])) }));
