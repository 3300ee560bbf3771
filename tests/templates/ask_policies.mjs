// Answers questions about IAM policies with an IAM simulator: an array of simulations on stdin, an array of
// "Allowed", "ImplicitlyDenied", "ExplicitlyDenied" or an error's text on stdout.
//
//     node ask_policies.mjs < questions > answers

import { runSimulation } from '@cloud-copilot/iam-simulate';

let text = '';
for await (const chunk of process.stdin) text += chunk;

async function answer(question) {
  const simulation = { serviceControlPolicies: [], resourceControlPolicies: [], ...question };
  const result = await runSimulation(simulation, { simulationMode: 'Strict' });
  return result.resultType === 'error' ? `error: ${JSON.stringify(result.errors)}` : result.overallResult;
}

const answers = [];
for (const question of JSON.parse(text)) answers.push(await answer(question));
process.stdout.write(JSON.stringify(answers));
