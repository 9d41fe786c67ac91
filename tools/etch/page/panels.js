// What stands beside the picture: details of what is selected, the tree of modules, the kernels.

const details = document.getElementById('details');

// A link to an item, or to a kernel or launch; see follow().
function link(item, text) {
  return `<a href="#${item.id}" data-go="${item.id}">${escaped(text || itemTitle(item))}</a>`;
}

function kernelLink(kernel) {
  return `<a href="#k${kernel.index}" data-kernel="${kernel.index}">${escaped(kernel.name)}</a>`;
}

function describeNode(node) {
  const label = itemTitle(node) + (node.types.length ? `  ${node.types[0]}` : '');
  return node.drawn ? link(node, label) : `<span>${escaped(node.kind === 'constant' ? constantText(node) : label)}</span>`;
}

function row(name, value) { return value ? `<dt>${name}</dt><dd>${value}</dd>` : ''; }

function list(items, describe, limit = 30) {
  if (items.length === 0) return '';
  const more = items.length > limit ? `<li>and ${items.length - limit} more</li>` : '';
  return '<ul>' + items.slice(0, limit).map((item) => `<li>${describe(item)}</li>`).join('') + more + '</ul>';
}

function ownerTrail(item) {
  const trail = [];
  for (let module = item.owner; module && module !== root; module = module.owner) trail.unshift(link(module));
  return trail.join(' . ');
}

function countLaunches(count) { return `${count.toLocaleString('en')} launch${count === 1 ? '' : 'es'}`; }

function rates(kernel) {
  if (!profiled || kernel.ms === undefined) return '';
  const numbers = [`${timeText(kernel.ms)} each of ${countLaunches(kernel.launches.length)}`];
  if (kernel.gflops > 0) numbers.push(`${kernel.gflops.toFixed(1)} GFLOP/s`);
  if (kernel.gbytes > 0) numbers.push(`${kernel.gbytes.toFixed(1)} GB/s`);
  if (kernel.peak > 0) numbers.push(`${(100 * kernel.peak).toFixed(0)} % of what ${kernel.bound} allows`);
  return numbers.join(', ');
}

function describeLaunch(launch, node) {
  const together = launch.nodes.filter((other) => other !== node && other.drawn);
  return kernelLink(launch.kernel) +
    `<p>launch ${launch.index + 1} of ${launches.length}${launch.kernel.prepares ? ', when state has changed' : ''}` +
    `${profiled && launch.kernel.ms ? ': ' + rates(launch.kernel) : ''}</p>` +
    (together.length ? `<p>with</p>${list(together, describeNode, 12)}` : '');
}

const kNoKernel = {
  view: 'none: it is read in place, in another order',
  inline: 'none of its own: what reads it computes it',
  constant: 'none: known when the program was traced'
};

function nodeDetails(node) {
  const kernel = node.launches.length ? list(node.launches, (launch) => describeLaunch(launch, node), 8) :
    isOp(node) && launches.length ? kNoKernel[node.kind] || 'none of its own: its readers compute it, or it was folded or found equal to another' : '';
  return `<h2>${escaped(node.name)}</h2><dl>` +
    row('Kind', escaped(kindName(node))) +
    row('Shape', escaped(node.types.join(', '))) +
    row('Module', ownerTrail(node)) +
    row('Source', escaped(node.source || '')) +
    row('Reads', list(node.inputs, describeNode)) +
    row('Read by', list(node.readers, describeNode)) +
    row('Kernel', kernel) +
    row('Text', node.text ? `<pre>${escaped(node.text)}</pre>` : '') + '</dl>';
}

function kindName(node) {
  if (node.kind === 'input') return node.state ? 'state that is read' : 'argument';
  if (node.kind === 'result') return node.state ? 'state that is written' : 'result';
  return kKinds[node.kind] || node.kind;
}

const kKinds = {
  contraction: 'product', reduction: 'reduction', pointwise: 'element by element',
  view: 'view', isolated: 'a kernel of its own', host: 'control', inline: 'computed where it is read',
  constant: 'constant', launch: 'launch of a kernel'
};

function crossing(module) {
  const inside = (node) => { for (let m = node.owner; m; m = m.owner) if (m === module) return true; return false; };
  const within = nodes.filter((node) => node.drawn && inside(node));
  const reads = new Set(), state = new Set(), readBy = new Set();
  for (const node of within) {
    for (const input of node.inputs) if (input.drawn && !inside(input)) reads.add(input);
    for (const input of node.states) if (input.state) state.add(input);
    for (const reader of node.readers) if (reader.drawn && !inside(reader)) readBy.add(reader);
  }
  return {reads: [...reads], state: [...state], readBy: [...readBy]};
}

function moduleDetails(module) {
  const {reads, state, readBy} = crossing(module);
  const share = profiled && root.ms > 0 ? `${timeText(module.ms)}, ${(100 * module.ms / root.ms).toFixed(1)} %` : '';
  return `<h2>${escaped(module.path || moduleTitle(module))}</h2><dl>` +
    row('Kind', 'module' + (module.visit > 1 ? `, part ${module.visit}: what depends on what others made of part ${module.visit - 1}` : '')) +
    row('Holds', counted(module.ops, 'op')) + row('Time', share) + row('Within', ownerTrail(module)) +
    row('Parts', list(module.children, (child) => link(child) + ` <small>${counted(child.ops, 'op')}</small>`)) +
    row('State', list(state, describeNode)) + row('Reads', list(reads, describeNode)) +
    row('Read by', list(readBy, describeNode)) + '</dl>';
}

function kernelDetails(kernel) {
  return `<h2>${escaped(kernel.name)}</h2><dl>` + row('Kind', kernel.prepares ? 'kernel that runs when state has changed' : 'kernel') +
    row('Time', rates(kernel)) +
    row('Computes', list(kernel.launches, (launch) => launch.nodes.filter((n) => n.drawn).map(describeNode).join(', ') || escaped(launch.path), 12)) +
    row('Text', `<pre>${escaped(kernel.text)}</pre>`) + '</dl>';
}

function showDetails() {
  if (!selected) {
    details.innerHTML = '<p class="hint">Select an op or a module to see its shape, its source line and the kernels that compute it. Double-click opens a module; <kbd>?</kbd> lists the keys.</p>';
  } else {
    details.innerHTML = selected.isModule ? moduleDetails(selected) : nodeDetails(selected);
  }
}

function showTab(name) {
  for (const tab of document.querySelectorAll('[role=tab]')) {
    const active = tab.id === 'tab-' + name;
    tab.setAttribute('aria-selected', active);
    document.getElementById(tab.getAttribute('aria-controls')).hidden = !active;
  }
}

function moduleTree(module) {
  const time = profiled && module.ms > 0 ? ` · ${timeText(module.ms)}` : '';
  const label = `${link(module)} <small>${counted(module.ops, 'op')}${time}</small>`;
  if (module.children.length === 0) return `<li>${label}</li>`;
  return `<li><details${module.depth < 2 ? ' open' : ''}><summary>${label}</summary><ul>` +
    module.children.map(moduleTree).join('') + '</ul></details></li>';
}

function fillLists() {
  document.getElementById('modules').innerHTML = root.children.length ?
    `<ul class="tree">${root.children.map(moduleTree).join('')}</ul>` : '<p class="hint">The program has no modules.</p>';
  const total = (kernel) => (kernel.ms || 0) * kernel.launches.length;
  const prepares = (kernel) => (kernel.prepares ? 1 : 0);
  const sorted = [...kernels].sort((a, b) => prepares(a) - prepares(b) || total(b) - total(a) || a.index - b.index);
  document.getElementById('kernels').innerHTML = kernels.length === 0 ? '<p class="hint">Nothing is computed.</p>' :
    `<table><thead><tr>${profiled ? '<th>time</th>' : ''}<th>launches</th><th>kernel</th></tr></thead><tbody>` +
    sorted.map((kernel) => `<tr>${profiled ? `<td>${total(kernel) > 0 ? timeText(total(kernel)) : ''}</td>` : ''}` +
      `<td>${kernel.launches.length}</td><td>${kernelLink(kernel)}${kernel.prepares ? ' <small>when state has changed</small>' : ''}</td></tr>`).join('') + '</tbody></table>';
}

function fillHeader() {
  document.title = `${program.model} ${program.program}`;
  document.getElementById('title').textContent = document.title;
  const parts = [`stage ${program.stage}`, counted(root.ops, 'op')];
  if (launches.length)
    parts.push(`${counted(kernels.length, 'kernel')} in ${countLaunches(launches.length)}`);
  if (profiled) parts.push(`${timeText(program.profile.run_ms)} a run on ${counted(program.profile.threads, 'thread')}`);
  document.getElementById('summary').textContent = parts.join(' · ');
  const time = document.querySelector('#colour [value=time]');
  time.disabled = !profiled;
  if (!profiled) time.textContent = 'time (etch profile --html)';
}

function fillLegend() {
  const mode = document.getElementById('colour').value;
  const present = new Set(nodes.filter((node) => node.drawn).map((node) => node.kind));
  let entries = '';
  if (mode === 'kind') {
    const names = {input: 'argument', result: 'result', ...kKinds};
    for (const kind of Object.keys(names))
      if (present.has(kind)) entries += `<li><i class="swatch ${kind}"></i>${names[kind]}</li>`;
  } else if (mode === 'kernel') {
    entries = '<li>what one launch of a kernel computes has one colour</li>';
  } else {
    entries = [0.01, 0.1, 0.4, 1].map((share) => `<li><i class="swatch" style="background:${heat(share)}"></i>${share === 1 ? 'longest' : ''}</li>`).join('');
  }
  document.getElementById('legend').innerHTML = entries;
}
