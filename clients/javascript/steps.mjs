// What the programs here have in common: a step is done and told as clients/run reads it.

let failed = false;

export async function step(name, run) {
  try {
    await run();
    console.log('ok', name);
  } catch (e) {
    failed = true;
    console.log(`failed ${name}: ${e.name}: ${e.message.replace(/\s+/g, ' ')}`);
  }
}

export function done() {
  console.log('done');
  process.exitCode = failed ? 1 : 0;
}
