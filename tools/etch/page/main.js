// What the user does: selecting, opening, searching, moving.

const query = document.getElementById('query');
const hits = document.getElementById('hits');
let found = [], foundAt = -1;

function select(item, {show = false} = {}) {
  selected = item && shownFor(item);
  markSelected();
  showDetails();
  if (!item) return;
  showTab('details');
  svg.setAttribute('aria-activedescendant', selected.id);
  if (show || !isInView(selected)) center(selected);
}

// Opens all modules around `item` and shows it. What is not drawn is shown where it is used.
function jump(item) {
  const target = item.isModule || item.drawn ? item : [...item.readers, ...item.inputs].find((node) => node.drawn) || item;
  const around = [];
  for (let module = target.owner; module; module = module.owner) around.push(module);
  setOpen(around, true);
  if (shown.has(target.id)) select(target, {show: true});
}

function toggle(module) {
  if (!module || !module.isModule) return;
  const before = {x: module.x, y: module.y};
  setOpen([module], !module.open);
  // What was clicked stays under the pointer.
  view.x += (before.x - module.x) * view.scale;
  view.y += (before.y - module.y) * view.scale;
  applyView();
  select(module);
}

function search() {
  const words = query.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const patterns = words.map((word) => new RegExp(word.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')));
  found = words.length === 0 ? [] : [...modules.slice(1), ...nodes].filter((item) => patterns.every((p) => p.test(searchText(item))));
  foundAt = -1;
  matches = new Set(found.filter((item) => !item.isModule));
  markMatches();
  document.getElementById('count').textContent = words.length ? `${found.length}` : '';
  hits.hidden = words.length === 0;
  hits.innerHTML = found.slice(0, 100).map((item) =>
    `<li><a href="#${item.id}" data-go="${item.id}">${escaped(itemTitle(item))}` +
    `<small>${escaped([item.isModule ? 'module' : '', item.path, (item.types || [])[0]].filter(Boolean).join('  '))}</small></a></li>`).join('') +
    (found.length > 100 ? `<li class="hint">and ${found.length - 100} more</li>` : found.length === 0 ? '<li class="hint">nothing found</li>' : '');
}

function searchText(item) {
  if (!item.searchText) {
    item.searchText = [itemTitle(item), item.path, ...(item.types || []), item.source || '',
                       ...(item.launches && !item.isModule ? item.launches.map((launch) => launch.kernel.name) : [])].join('\n').toLowerCase();
  }
  return item.searchText;
}

function nextHit(step) {
  if (found.length === 0) return;
  foundAt = (foundAt + step + found.length) % found.length;
  document.getElementById('count').textContent = `${foundAt + 1}/${found.length}`;
  jump(found[foundAt]);
}

function clearSearch() {
  query.value = '';
  search();
}

// The item that an arrow key leads to: along the edges, or beside.
function neighbour(key) {
  if (!selected) return [...shown.values()].sort((a, b) => a.y - b.y || a.x - b.x)[0];
  const distance = (item) => Math.abs(item.x + item.w / 2 - selected.x - selected.w / 2);
  if (key === 'ArrowUp' || key === 'ArrowDown') {
    const [near, far] = key === 'ArrowDown' ? ['from', 'to'] : ['to', 'from'];
    const ends = (edgesOf.get(selected.id) || []).filter((edge) => edge.dataset[near] === selected.id)
      .map((edge) => shown.get(edge.dataset[far]));
    if (selected.open && key === 'ArrowDown') ends.push(...[...selected.children, ...selected.own].sort((a, b) => a.y - b.y).slice(0, 1));
    return ends.sort((a, b) => Math.abs(a.y - selected.y) - Math.abs(b.y - selected.y) || distance(a) - distance(b))[0];
  }
  const sign = key === 'ArrowRight' ? 1 : -1;
  return [...shown.values()].filter((item) => item.owner === selected.owner && sign * (item.x - selected.x) > 0 &&
      item.y < selected.y + selected.h && selected.y < item.y + item.h)
    .sort((a, b) => distance(a) - distance(b))[0];
}

const commands = {
  Enter: () => toggle(selected),
  ' ': () => toggle(selected),
  Backspace: () => selected && selected.owner && selected.owner !== root && select(selected.owner),
  '+': () => zoom(1.25),
  '=': () => zoom(1.25),
  '-': () => zoom(0.8),
  0: fit,
  e: () => setAll(true),
  c: () => setAll(false)
};

function setAll(open) {
  setOpen(modules, open);
  fit();
  if (selected) select(selected);
}

function toggleKeys() {
  const keys = document.getElementById('keys');
  keys.hidden = !keys.hidden;
  document.getElementById('help').setAttribute('aria-expanded', !keys.hidden);
}

svg.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key.startsWith('Arrow')) {
    if (event.shiftKey) {
      const step = {ArrowLeft: [80, 0], ArrowRight: [-80, 0], ArrowUp: [0, 80], ArrowDown: [0, -80]}[event.key];
      view.x += step[0];
      view.y += step[1];
      applyView();
    } else {
      const next = neighbour(event.key);
      if (next) select(next);
    }
  } else if (commands[event.key]) {
    commands[event.key]();
  } else {
    return;
  }
  event.preventDefault();
});

document.addEventListener('keydown', (event) => {
  const typing = event.target === query;
  if (event.key === 'Escape') {
    clearSearch();
    select(null);
    svg.focus();
  } else if (typing && event.key === 'Enter') {
    nextHit(event.shiftKey ? -1 : 1);
  } else if (!typing && event.key === '/') {
    query.focus();
    query.select();
    event.preventDefault();
  } else if (!typing && event.key === '?') {
    toggleKeys();
  }
});

document.addEventListener('click', (event) => {
  const anchor = event.target.closest('[data-go],[data-kernel]');
  if (!anchor) return;
  event.preventDefault();
  if (anchor.dataset.kernel) {
    details.innerHTML = kernelDetails(kernels[anchor.dataset.kernel]);
    showTab('details');
    return;
  }
  const id = anchor.dataset.go;
  jump(id[0] === 'm' ? modules[id.slice(1)] : nodes[id.slice(1)]);
  if (anchor.closest('#hits')) hits.hidden = true;
});

let drag = null;
const itemAt = (event) => shown.get(event.target.closest('[data-id]')?.dataset.id);
svg.addEventListener('pointerdown', (event) => {
  if (event.button !== 0) return;
  drag = {x: event.clientX, y: event.clientY, moved: false, item: itemAt(event)};
  hits.hidden = true;
});
svg.addEventListener('pointermove', (event) => {
  if (!drag) return;
  const dx = event.clientX - drag.x, dy = event.clientY - drag.y;
  if (!drag.moved && Math.hypot(dx, dy) < 4) return;
  if (!drag.moved) svg.setPointerCapture(event.pointerId);
  Object.assign(drag, {x: event.clientX, y: event.clientY, moved: true});
  view.x += dx;
  view.y += dy;
  applyView();
});
svg.addEventListener('pointerup', () => {
  if (drag && !drag.moved) select(drag.item || null);
  drag = null;
});
svg.addEventListener('pointercancel', () => { drag = null; });
svg.addEventListener('dblclick', (event) => toggle(itemAt(event)));
svg.addEventListener('wheel', (event) => {
  event.preventDefault();
  const area = svg.getBoundingClientRect();
  const lines = event.deltaMode === 1 ? 30 : 1;
  zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.002)), event.clientX - area.left, event.clientY - area.top);
}, {passive: false});

query.addEventListener('input', search);
query.addEventListener('focus', () => { hits.hidden = query.value.trim() === ''; });
document.getElementById('colour').addEventListener('change', () => {
  fillLegend();
  draw();
});
document.getElementById('expand').addEventListener('click', () => setAll(true));
document.getElementById('collapse').addEventListener('click', () => setAll(false));
document.getElementById('fit').addEventListener('click', fit);
document.getElementById('help').addEventListener('click', toggleKeys);
document.getElementById('theme').addEventListener('click', () => {
  const style = document.documentElement.dataset;
  const dark = style.theme ? style.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  style.theme = dark ? 'light' : 'dark';
});
for (const tab of document.querySelectorAll('[role=tab]'))
  tab.addEventListener('click', () => showTab(tab.id.slice('tab-'.length)));

// At first modules are open as long as there is room for what is in them.
function openAtFirst() {
  const room = 60;
  let count = root.children.length + root.own.length;
  for (let level = root.children; level.length > 0;) {
    const next = [];
    for (const module of level) {
      const inside = module.children.length + module.own.length;
      // A module of nothing but modules is as good as they are.
      if (count + inside > room && module.own.length > 0) continue;
      count += inside;
      module.open = true;
      next.push(...module.children);
    }
    level = next;
  }
}

fillHeader();
openAtFirst();
fillLists();
fillLegend();
showDetails();
draw();
showBeginning();
