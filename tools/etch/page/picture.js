// The picture: where items lie, what is drawn of them, and the part of it that is seen.

const svg = document.getElementById('canvas');
const world = document.getElementById('world');
const view = {x: 0, y: 0, scale: 1};  // of the world's origin, in the window's pixels
let shown = new Map();                // items in the picture by id
let elements = new Map();             // their elements
let edgesOf = new Map();              // the elements of their edges
let selected = null;
let matches = new Set();

const kPadding = 16, kHeader = 30, kLine = 15, kChips = 3;

const measure = document.createElement('canvas').getContext('2d');
const widths = new Map();
function textWidth(text, font) {
  const key = font + text;
  if (!widths.has(key)) {
    measure.font = font;
    widths.set(key, measure.measureText(text).width);
  }
  return widths.get(key);
}
const kNameFont = '600 13px system-ui, sans-serif', kSmallFont = '11px ui-monospace, monospace';

function escaped(text) {
  return String(text).replace(/[&<>"]/g, (c) => ({'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'}[c]));
}

function shortened(text, length) {
  return text.length <= length ? text : '…' + text.slice(text.length + 1 - length);
}

// What stands under an item's name: {text, style}, one a line.
function linesOf(item) {
  if (item.isModule) {
    const time = profiled && item.ms > 0 ? ' · ' + timeText(item.ms) : '';
    return [{text: counted(item.ops, 'op') + time}];
  }
  const lines = item.types.slice(0, kChips).map((text) => ({text}));
  const chips = item.states.map((state) => ({
    text: state.state ? shortened(state.name, 28) : constantText(state),
    style: state.state ? 'state' : 'constant'
  }));
  for (const state of item.updates) chips.push({text: '→ ' + shortened(state.name, 26), style: 'update'});
  lines.push(...chips.slice(0, kChips));
  if (chips.length > kChips) lines.push({text: `and ${chips.length - kChips} more`});
  return lines;
}

// "2.5" of a constant that repeats one element, else its type.
function constantText(node) {
  const match = /dense<([^<>[\]"]*)>/.exec(node.text || '');
  if (match && Number.isFinite(Number(match[1]))) return String(Number(Number(match[1]).toPrecision(5)));
  return match ? shortened(match[1], 24) : 'constant ' + (node.types[0] || '');
}

function kernelTag(node) {
  if (node.launches.length === 0) return '';
  const names = [...new Set(node.launches.map((launch) => launch.kernel.short))];
  const time = profiled && nodeTime(node) > 0 ? ' ' + timeText(nodeTime(node)) : '';
  return (names.length > 2 ? names.length + ' kernels' : names.join(' ')) + time;
}

function measureItem(item) {
  if (item.lines) return;
  item.lines = linesOf(item);
  item.tag = item.isModule ? '' : kernelTag(item);
  const name = textWidth(itemTitle(item), kNameFont) + (item.tag ? 16 + textWidth(item.tag, kSmallFont) : 0);
  const marker = item.isModule ? 18 : 0;
  item.closedW = 20 + Math.max(44, name + marker, ...item.lines.map((line) => textWidth(line.text, kSmallFont)));
  item.closedH = 28 + kLine * item.lines.length;
}

// Sizes and places within their modules, from the inside out.
function layOut(module) {
  if (module.laidOut) return;
  const items = [...module.children, ...module.own];
  items.sort((a, b) => (a.isModule ? a.first : a.index) - (b.isModule ? b.first : b.index));
  for (const item of items) {
    measureItem(item);
    if (item.open) layOut(item);
    item.w = item.open ? item.openW : item.closedW;
    item.h = item.open ? item.openH : item.closedH;
  }
  const number = new Map(items.map((item, i) => [item, i]));
  const edges = [...module.edges.values()];
  const entries = [...module.entries], exits = [...module.exits];
  const drawing = layered(items, edges.map((edge) => [number.get(edge.from), number.get(edge.to)]),
                          entries.map((item) => number.get(item)), exits.map((item) => number.get(item)));
  const title = module === root ? 0 : 40 + textWidth(headerText(module), kNameFont);
  const inset = Math.max(0, title - drawing.w) / 2;
  items.forEach((item, i) => {
    item.dx = kPadding + inset + drawing.places[i].x;
    item.dy = kHeader + drawing.places[i].y;
  });
  const moved = (points) => points.map((p) => ({x: p.x === undefined ? undefined : p.x + kPadding + inset, y: p.y + kHeader}));
  edges.forEach((edge, i) => { edge.route = moved(drawing.routes[i]); });
  entries.forEach((item, i) => { item.entry = moved(drawing.entries[i]); });
  exits.forEach((item, i) => { item.exit = moved(drawing.exits[i]); });
  module.openW = drawing.w + 2 * (kPadding + inset);
  module.openH = drawing.h + kHeader + kPadding;
  module.laidOut = true;
}

function headerText(module) {
  return moduleTitle(module) + (profiled && module.ms > 0 ? ' · ' + timeText(module.ms) : '');
}

// Opens or closes modules, then draws anew.
function setOpen(list, open) {
  for (const module of list) {
    if (module === root || module.open === open) continue;
    module.open = open;
    for (let around = module; around; around = around.owner) around.laidOut = false;
  }
  draw();
}

function draw() {
  layOut(root);
  shown = new Map();
  const boxes = [], edges = [], items = [];
  const place = (module, x, y) => {
    for (const item of [...module.children, ...module.own]) {
      item.x = x + item.dx;
      item.y = y + item.dy;
      shown.set(item.id, item);
      if (item.open) {
        boxes.push(boxMarkup(item));
        place(item, item.x, item.y);
      } else {
        items.push(itemMarkup(item));
      }
    }
    module.at = {x, y};
  };
  place(root, 0, 0);
  for (const module of modules) if (isVisible(module)) edges.push(...edgeMarkup(module));
  world.innerHTML = boxes.join('') + edges.join('') + items.join('');
  elements = new Map();
  edgesOf = new Map();
  for (const element of world.children) {
    if (element.dataset.id) elements.set(element.dataset.id, element);
    for (const end of [element.dataset.from, element.dataset.to]) {
      if (!end) continue;
      if (!edgesOf.has(end)) edgesOf.set(end, []);
      edgesOf.get(end).push(element);
    }
  }
  if (selected && !shown.has(selected.id)) selected = shownFor(selected);
  markSelected();
  markMatches();
}

// Whether an open module is in the picture: all around it are open too.
function isVisible(module) {
  for (let around = module; around; around = around.owner) if (!around.open) return false;
  return true;
}

function boxMarkup(module) {
  return `<g class="box depth${module.depth % 2}" data-id="${module.id}" transform="translate(${module.x},${module.y})">` +
    `<rect width="${module.w}" height="${module.h}" rx="8"></rect>` +
    `<text class="name" x="12" y="20">▾ ${escaped(headerText(module))}</text></g>`;
}

function itemMarkup(item) {
  const kind = item.isModule ? 'module' : item.kind;
  let text = `<text class="name" x="10" y="18">${item.isModule ? '▸ ' : ''}${escaped(itemTitle(item))}</text>`;
  if (item.tag) text += `<text class="small tag" x="${item.w - 8}" y="18">${escaped(item.tag)}</text>`;
  item.lines.forEach((line, i) => {
    text += `<text class="small ${line.style || ''}" x="10" y="${34 + kLine * i}">${escaped(line.text)}</text>`;
  });
  const fill = fillOf(item);
  return `<g class="item ${kind}" data-id="${item.id}" transform="translate(${item.x},${item.y})">` +
    `<rect width="${item.w}" height="${item.h}" rx="${kind === 'input' || kind === 'result' ? 16 : 5}"` +
    `${fill ? ` style="fill:${fill}"` : ''}></rect>${text}</g>`;
}

// The edges of an open module, one for each pair of items that are seen.
function edgeMarkup(module) {
  const markup = [];
  for (const edge of module.edges.values()) {
    const drawn = new Map();
    for (const [a, b] of edge.pairs) {
      const from = shownFor(a), to = shownFor(b);
      const key = from.id + ' ' + to.id;
      if (!drawn.has(key)) drawn.set(key, {from, to, types: new Set()});
      for (const type of a.types) drawn.get(key).types.add(type);
    }
    for (const {from, to, types} of drawn.values()) {
      markup.push(`<path class="edge" data-from="${from.id}" data-to="${to.id}" marker-end="url(#arrow)" ` +
        `d="${pathOf(module, edge, from, to)}"><title>${escaped([...types].join(', '))}</title></path>`);
    }
  }
  return markup;
}

function pathOf(module, edge, from, to) {
  const placed = (points, owner) =>
    points.map((p) => ({x: p.x === undefined ? undefined : p.x + owner.at.x, y: p.y + owner.at.y}));
  let down = [], up = [];
  for (let item = from; item.owner !== module; item = item.owner) down.push(...placed(item.exit, item.owner));
  for (let item = to; item.owner !== module; item = item.owner) up = [...placed(item.entry, item.owner), ...up];
  const middle = placed(edge.route, module);
  down = [{x: from.x + from.w / 2, y: from.y + from.h}, ...down, ...middle.slice(0, -1)];
  up = [middle[middle.length - 1], ...up, {x: to.x + to.w / 2, y: to.y}];
  down.forEach((p, i) => { if (p.x === undefined) p.x = down[i - 1].x; });
  for (let i = up.length - 2; i >= 0; --i) if (up[i].x === undefined) up[i].x = up[i + 1].x;
  let path = `M${round(from.x + from.w / 2)} ${round(from.y + from.h)}`, last = down[0];
  for (const p of [...down, ...up]) {
    if (p.x === last.x && p.y === last.y) continue;
    if (p.x === last.x) {
      path += `V${round(p.y)}`;
    } else {
      const half = round((last.y + p.y) / 2);
      path += `C${round(last.x)} ${half} ${round(p.x)} ${half} ${round(p.x)} ${round(p.y)}`;
    }
    last = p;
  }
  return path;
}

function round(x) { return Math.round(10 * x) / 10; }

// Colours other than by kind, which the style sheet has.
function fillOf(item) {
  const mode = document.getElementById('colour').value;
  if (mode === 'time' && profiled) {
    const ms = item.isModule ? item.ms : nodeTime(item);
    return ms > 0 ? heat(ms / (item.isModule ? root.ms : longest())) : '';
  }
  if (mode === 'kernel' && !item.isModule && item.launches.length > 0)
    return hue(item.launches[item.launches.length - 1].index * 137.5);  // packing comes first
  return '';
}

function hue(degrees) {
  return `light-dark(hsl(${degrees % 360} 70% 84%), hsl(${degrees % 360} 38% 27%))`;
}

function longest() { return Math.max(...nodes.map(nodeTime)); }

function heat(share) { return `color-mix(in srgb, var(--hot) ${Math.round(100 * Math.sqrt(share))}%, var(--cold))`; }

function markSelected() {
  for (const element of world.querySelectorAll('.selected,.near,.partner'))
    element.classList.remove('selected', 'near', 'partner');
  svg.classList.toggle('has-selection', Boolean(selected));
  if (!selected) return svg.removeAttribute('aria-activedescendant');
  elements.get(selected.id)?.classList.add('selected');
  for (const edge of edgesOf.get(selected.id) || []) {
    edge.classList.add('near');
    for (const end of [edge.dataset.from, edge.dataset.to])
      if (end !== selected.id) elements.get(end)?.classList.add('near');
  }
  for (const launch of selected.launches && !selected.isModule ? selected.launches : [])
    for (const node of launch.nodes) elements.get(node.id)?.classList.add('partner');
}

function markMatches() {
  const found = new Set();
  for (const node of matches) for (const at of node.drawn ? [node] : [...node.readers, ...node.inputs]) found.add(shownFor(at).id);
  for (const [id, element] of elements) element.classList.toggle('match', found.has(id));
}

function applyView() {
  world.setAttribute('transform', `translate(${round(view.x)},${round(view.y)}) scale(${view.scale})`);
  svg.classList.toggle('far', view.scale < 0.3);
}

function zoom(factor, x = svg.clientWidth / 2, y = svg.clientHeight / 2) {
  const scale = Math.min(3, Math.max(0.02, view.scale * factor));
  view.x = x - (x - view.x) * scale / view.scale;
  view.y = y - (y - view.y) * scale / view.scale;
  view.scale = scale;
  applyView();
}

function fit() {
  const w = svg.clientWidth, h = svg.clientHeight;
  view.scale = Math.min(1, w / root.openW, h / root.openH);
  view.x = (w - root.openW * view.scale) / 2;
  view.y = (h - root.openH * view.scale) / 2;
  applyView();
}

// The beginning of the program, large enough to be read.
function showBeginning() {
  fit();
  if (view.scale >= 0.6) return;
  view.scale = Math.max(0.6, Math.min(1, svg.clientWidth / root.openW));
  const first = [...shown.values()].filter((item) => item.owner === root && item.kind === 'input')[0] || root;
  const middle = first === root ? root.openW / 2 : first.x + first.w / 2;
  const room = svg.clientWidth - view.scale * root.openW;
  view.x = room > 0 ? room / 2 : Math.min(0, Math.max(room, svg.clientWidth / 2 - view.scale * middle));
  view.y = 0;
  applyView();
}

function center(item) {
  if (view.scale < 0.5) view.scale = 0.8;
  view.x = svg.clientWidth / 2 - view.scale * (item.x + item.w / 2);
  view.y = item.h * view.scale > svg.clientHeight ? 20 - view.scale * item.y :
    svg.clientHeight / 2 - view.scale * (item.y + item.h / 2);
  applyView();
}

// Whether the item lies within the window, with some room.
function isInView(item) {
  const x = view.x + view.scale * item.x, y = view.y + view.scale * item.y;
  return x > 0 && y > 0 && x + view.scale * Math.min(item.w, 80) < svg.clientWidth &&
    y + view.scale * Math.min(item.h, 40) < svg.clientHeight;
}
