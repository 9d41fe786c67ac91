'use strict';
// What the page shows: the program as `etch dump --format=html` wrote it, and what follows from that.
// Ops, arguments and results are nodes; nodes lie in modules, which lie in modules. Both are items.

const program = JSON.parse(document.getElementById('program').textContent);
const {nodes, modules, kernels, launches} = program;
const root = modules[0];
const profiled = Boolean(program.profile);

modules.forEach((module, index) => {
  Object.assign(module, {
    isModule: true, id: 'm' + index, children: [], own: [], edges: new Map(), ops: 0, ms: 0,
    entries: new Set(), exits: new Set(),
    first: Infinity, open: index === 0, owner: index === 0 ? null : modules[module.parent]
  });
  module.depth = module.owner ? module.owner.depth + 1 : 0;
  if (module.owner) module.owner.children.push(module);
});
kernels.forEach((kernel, index) => {
  Object.assign(kernel, {index, launches: [], short: kernel.name.split('_', 1)[0]});
});
launches.forEach((launch, index) => {
  Object.assign(launch, {index, kernel: kernels[launch.kernel], nodes: []});
  launch.kernel.launches.push(launch);
});
nodes.forEach((node, index) => {
  Object.assign(node, {
    id: 'n' + index, index, owner: modules[node.module || 0], readers: [], states: [], updates: [],
    types: node.types || [], path: node.path || '',
    inputs: (node.inputs || []).map((input) => nodes[input]),
    launches: (node.launches || []).map((launch) => launches[launch])
  });
  for (const input of node.inputs) if (!input.readers.includes(node)) input.readers.push(node);
  for (const launch of node.launches) launch.nodes.push(node);
  // State and constants are named where they are read or written; lines from everywhere would
  // cover the graph.
  node.drawn = !node.state && node.kind !== 'constant';
  for (let module = node.owner; module; module = module.owner) {
    module.first = Math.min(module.first, index);
    if (isOp(node)) module.ops += 1;
  }
  if (node.drawn) node.owner.own.push(node);
});

for (const node of nodes) {
  for (const input of node.inputs) {
    if (node.drawn && input.drawn) connect(input, node);
    else if (node.drawn && !node.states.includes(input)) node.states.push(input);
    else if (node.state && input.drawn) input.updates.push(node);
  }
}
// A launch's time counts for the innermost module that it computes for, after which its kernel is
// called. What prepares state runs outside of the time of a run.
for (const launch of launches) {
  if (!profiled || launch.kernel.prepares) continue;
  let owner = root;
  for (const node of launch.nodes) if (node.owner.depth > owner.depth) owner = node.owner;
  for (; owner; owner = owner.owner) owner.ms += launch.kernel.ms || 0;
}

function isOp(node) { return node.kind !== 'input' && node.kind !== 'result'; }

function commonOwner(a, b) {
  while (a !== b) {
    if (a.depth >= b.depth) a = a.owner;
    else b = b.owner;
  }
  return a;
}

// Notes an edge with the module that holds both ends, between the items of it that have them, and
// with the modules that it leaves and enters.
function connect(from, to) {
  const owner = commonOwner(from.owner, to.owner);
  let a = from, b = to;
  for (; a.owner !== owner; a = a.owner) a.owner.exits.add(a);
  for (; b.owner !== owner; b = b.owner) b.owner.entries.add(b);
  const key = a.id + ' ' + b.id;
  if (!owner.edges.has(key)) owner.edges.set(key, {from: a, to: b, pairs: []});
  owner.edges.get(key).pairs.push([from, to]);
}

// What stands for `item` in the picture: the outermost closed module that it lies in, or itself.
function shownFor(item) {
  let shown = item;
  for (let module = item.owner; module; module = module.owner) if (!module.open) shown = module;
  return shown;
}

function moduleTitle(module) {
  const name = module === root ? program.model : module.name;
  return module.visit > 1 ? `${name} (${module.visit})` : name;
}

function itemTitle(item) { return item.isModule ? moduleTitle(item) : item.name; }

function timeText(ms) {
  if (ms >= 1000) return (ms / 1000).toPrecision(3) + ' s';
  if (ms >= 1) return ms.toPrecision(3) + ' ms';
  return (ms * 1000).toPrecision(ms >= 0.001 ? 3 : 2) + ' µs';
}

function counted(count, noun) { return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`; }

// Milliseconds of a run, of the kernels that have a part in the node.
function nodeTime(node) {
  return node.launches.reduce((sum, launch) => sum + (launch.kernel.prepares ? 0 : launch.kernel.ms || 0), 0);
}
