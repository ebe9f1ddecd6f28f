// A harness for Node, without packages: `ig-conformance run --command "node node.mjs"`.
//
// It shows that the format needs no tensor library: numbers remember how they were computed, and the gradient goes
// back through them. JavaScript has no erf, so functions with gelu are skipped. The format and the protocol are
// explained in the README.md of the vectors.

import { createInterface } from "node:readline";

const DECLARATION = { name: "node", version: process.version, language: "JavaScript", dtype: "float64" };

// ---------------------------------------------------------------- the protocol: one JSON object per line

class Skipped extends Error {}

function answerTo(problem) {
  try {
    return { attributions: integratedGradients(problem) };
  } catch (error) {
    return error instanceof Skipped ? { skipped: error.message } : { failed: String(error) };
  }
}

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const message = JSON.parse(line);
  if (message.cmd === "stop") return lines.close();
  const answer =
    message.cmd === "start"
      ? { version: 1, declaration: DECLARATION }
      : { id: message.id, ...answerTo(message.problem) };
  process.stdout.write(JSON.stringify(answer) + "\n");
});

// ---------------------------------------------------------------- the implementation under test

function integratedGradients({ function: { layers }, inputs, baselines, target, rule }) {
  if (shape(inputs) !== shape(baselines)) {
    throw new Error(`baselines have shape ${shape(baselines)}, inputs ${shape(inputs)}`);
  }
  const targets = Array.isArray(target) ? target : inputs.map(() => target);
  if (targets.length !== inputs.length) throw new Error(`${targets.length} targets for ${inputs.length} examples`);
  const nodes = nodesAndWeights(rule);
  return inputs.map((x, b) => oneExample(layers, x, baselines[b], targets[b], nodes));
}

function oneExample(layers, x, start, target, nodes) {
  let sum = zip(x, () => 0);
  for (const [node, weight] of nodes) {
    const point = zip(x, (end, begin) => new Num(begin + node * (end - begin)), start);
    backward(selected(outputs(layers, point), target));
    sum = zip(sum, (before, one) => before + weight * one.slope, point);
  }
  return zip(x, (end, begin, one) => one * (end - begin), start, sum);
}

function selected(values, target) {
  const index = target === null && values.length === 1 ? 0 : target;
  if (!Number.isInteger(index) || index < 0 || index >= values.length) {
    throw new Error(`target must be an index below ${values.length}; got ${target}`);
  }
  return values[index];
}

function nodesAndWeights({ method, n_steps: n }) {
  if (!Number.isInteger(n) || n < (method === "riemann_trapezoid" ? 2 : 1)) {
    throw new Error(`n_steps is ${n}, too few for ${method}`);
  }
  const first = { riemann_left: 0, riemann_middle: 0.5, riemann_right: 1 }[method];
  const steps = [...Array(n).keys()];
  if (first !== undefined) return steps.map((k) => [(k + first) / n, 1 / n]);
  if (method === "riemann_trapezoid") {
    return steps.map((k) => [k / (n - 1), (k === 0 || k === n - 1 ? 0.5 : 1) / (n - 1)]);
  }
  if (method === "gausslegendre") return steps.map((k) => gauss(n, k + 1));
  throw new Error(`unknown method ${method}`);
}

function gauss(n, k) {
  let t = Math.cos((Math.PI * (k - 0.25)) / (n + 0.5));
  let slope;
  for (let round = 0; round < 10; round++) {
    let [before, value] = [1, t];
    for (let j = 2; j <= n; j++) [before, value] = [value, ((2 * j - 1) * t * value - (j - 1) * before) / j];
    slope = (n * (before - t * value)) / (1 - t * t);
    if (round < 9) t -= value / slope;
  }
  return [(1 + t) / 2, 1 / ((1 - t * t) * slope * slope)];
}

// ---------------------------------------------------------------- numbers with gradients

class Num {
  constructor(value, ...history) {
    this.value = value;
    this.history = history; // pairs of a number and the slope with respect to it
    this.slope = 0;
  }
}

const num = (a) => (a instanceof Num ? a : new Num(a));
const binary = (f) => (a, b) => f(num(a), num(b));
const add = binary((a, b) => new Num(a.value + b.value, [a, 1], [b, 1]));
const sub = binary((a, b) => new Num(a.value - b.value, [a, 1], [b, -1]));
const mul = binary((a, b) => new Num(a.value * b.value, [a, b.value], [b, a.value]));
const div = binary((a, b) => new Num(a.value / b.value, [a, 1 / b.value], [b, -a.value / b.value / b.value]));
const total = (numbers) => numbers.reduce((a, b) => add(a, b));

function elementwise(f, slope) {
  return (a) => {
    const value = f(a.value);
    return new Num(value, [a, slope(value)]);
  };
}

const exp = elementwise(Math.exp, (value) => value);
const tanh = elementwise(Math.tanh, (value) => 1 - value * value);
const sqrt = elementwise(Math.sqrt, (value) => 0.5 / value);

function backward(output) {
  const order = [];
  const seen = new Set();
  const visit = (one) => {
    if (seen.has(one)) return;
    seen.add(one);
    one.history.forEach(([before]) => visit(before));
    order.push(one);
  };
  visit(output);
  output.slope = 1;
  for (const one of order.reverse()) one.history.forEach(([before, slope]) => (before.slope += one.slope * slope));
}

// ---------------------------------------------------------------- the functions of the format

const isRow = (x) => !Array.isArray(x[0]);
const rows = (f, x) => (isRow(x) ? f(x) : x.map(f));
const outputs = (layers, x) => layers.reduce((value, layer) => layerNamed(layer)(layer, value), x);

function zip(x, f, ...others) {
  return Array.isArray(x) ? x.map((one, i) => zip(one, f, ...others.map((other) => other[i]))) : f(x, ...others);
}

function shape(x) {
  if (!Array.isArray(x)) return "";
  const inner = new Set(x.map(shape));
  if (inner.size !== 1) throw new Error("ragged lists");
  return `${x.length} ${[...inner][0]}`;
}

function layerNamed({ layer }) {
  if (layer === "gelu") throw new Skipped("JavaScript has no erf for gelu");
  return LAYERS[layer];
}

function affine({ weight, bias }, x) {
  const ofRow = (row) => {
    if (row.length !== weight[0].length) throw new Error(`${row.length} features for ${weight[0].length}`);
    return weight.map((ws, j) => add(total(ws.map((w, i) => mul(w, row[i]))), bias[j]));
  };
  return rows(ofRow, x);
}

function softmax(row) {
  const largest = Math.max(...row.map((one) => one.value));
  const powers = row.map((one) => exp(sub(one, largest)));
  const whole = total(powers);
  return powers.map((one) => div(one, whole));
}

function layerNorm({ gain, shift, epsilon }, x) {
  const ofRow = (row) => {
    const mean = div(total(row), row.length);
    const centred = row.map((one) => sub(one, mean));
    const spread = sqrt(add(div(total(centred.map((one) => mul(one, one))), row.length), epsilon));
    return centred.map((one, i) => add(mul(div(one, spread), gain[i]), shift[i]));
  };
  return rows(ofRow, x);
}

function attention({ heads, query, key, value, output, mask }, x) {
  const [q, k, v] = [query, key, value].map((linear) => affine(linear, x));
  const width = q[0].length / heads;
  const seen = [...x.keys()].filter((token) => !mask || mask[token]);
  const mixed = q.map((own) =>
    own.map((_, i) => {
      const head = [...Array(width).keys()].map((j) => Math.floor(i / width) * width + j);
      const scores = seen.map((token) => div(total(head.map((j) => mul(own[j], k[token][j]))), Math.sqrt(width)));
      return total(softmax(scores).map((weight, at) => mul(weight, v[seen[at]][i])));
    }),
  );
  return affine(output, mixed);
}

function monomial({ coefficient, powers }, x) {
  const factors = powers.flatMap((power, i) => Array(power).fill(x[i]));
  return factors.reduce((product, one) => mul(product, one), num(coefficient));
}

const LAYERS = {
  affine,
  tanh: (layer, x) => zip(x, tanh),
  softmax: (layer, x) => rows(softmax, x),
  layer_norm: layerNorm,
  attention,
  residual: ({ layers }, x) => zip(x, add, outputs(layers, x)),
  token: ({ index }, x) => x[index],
  polynomial: (layer, x) => layer.outputs.map((terms) => total(terms.map((term) => monomial(term, x)))),
};
