// Uses the page of `etch dump --format=html` as a user does; graph_page_browser_test.sh puts it behind
// the page's own script, and an element #verdict that says what went wrong.
{
  const wrong = [];
  const check = (holds, what) => { if (!holds) wrong.push(what); };
  const press = (key, target = svg) => target.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
  const click = (element) => {
    for (const type of ['pointerdown', 'pointerup'])
      element.dispatchEvent(new PointerEvent(type, {bubbles: true, button: 0, clientX: 5, clientY: 5}));
  };
  const type = (text) => {
    query.value = text;
    query.dispatchEvent(new Event('input', {bubbles: true}));
  };
  const overlap = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

  // What is in the picture lies side by side, and edges go downwards.
  const checkPicture = (when) => {
    for (const module of modules.filter(isVisible)) {
      const items = [...module.children, ...module.own].sort((a, b) => a.y - b.y);
      items.forEach((item, i) => {
        for (let k = i + 1; k < items.length && items[k].y < item.y + item.h; ++k)
          check(!overlap(item, items[k]), `${when}: ${item.id} lies over ${items[k].id}`);
        check(item.x >= module.at.x && item.x + item.w <= module.at.x + module.openW, `${when}: ${item.id} lies outside`);
      });
    }
    for (const edge of world.querySelectorAll('.edge')) {
      const from = shown.get(edge.dataset.from), to = shown.get(edge.dataset.to);
      check(from && to && from.y + from.h <= to.y, `${when}: an edge does not go down`);
      check(!/NaN|undefined/.test(edge.getAttribute('d')), `${when}: an edge has no place`);
    }
    const drawn = nodes.filter((node) => node.drawn && shownFor(node) === node);
    check(drawn.every((node) => elements.has(node.id)), `${when}: a node is missing`);
  };

  const useIt = () => {
    checkPicture('at first');
    press('ArrowDown');
    check(selected, 'an arrow selects');
    const first = selected;
    press('ArrowDown');
    check(selected !== first && selected.y >= first.y, 'an arrow follows an edge down');
    press('e');
    check(modules.every((module) => module.open), 'e opens all');
    checkPicture('all open');
    check(nodes.every((node) => !node.drawn || shown.has(node.id)), 'all nodes are drawn');
    press('c');
    check(modules.slice(1).every((module) => !module.open), 'c closes all');
    checkPicture('all closed');
    press('Escape');
    check(!selected, 'Escape selects nothing');

    // A click, then Enter, open a module; Backspace goes back to it.
    const module = root.children.find((child) => child.own.length > 0) || root.children[0];
    click(elements.get(module.id));
    check(selected === module, 'a click selects');
    press('Enter');
    check(module.open && elements.get(module.id).classList.contains('box'), 'Enter opens');
    press('ArrowDown');
    check(selected.owner === module, 'an arrow leads into an open module');
    press('Backspace');
    check(selected === module, 'Backspace leads out');

    // A search jumps into modules that are closed.
    press('c');
    const product = nodes.find((node) => node.kind === 'contraction' && node.owner !== root);
    type(product.path.toUpperCase() + ' ' + product.name);
    check(found.includes(product), 'the search finds by path and op');
    check(elements.get(shownFor(product).id).classList.contains('match'), 'what is found is marked');
    query.focus();
    press('Enter', query);
    check(selected === found[0] && isInView(selected), 'Enter jumps to what was found');
    check(elements.get(selected.id).classList.contains('selected'), 'what was found is selected');
    for (const text of [product.types[0], product.source, product.launches[0].kernel.name, product.path.replace(/[^.]+$/, '*')]) {
      type(text);
      check(found.includes(product), `the search finds by ${text}`);
    }
    type('no such thing');
    check(found.length === 0 && hits.textContent.includes('nothing found'), 'a search may find nothing');
    press('Escape', query);
    check(hits.hidden && matches.size === 0, 'Escape ends the search');

    // Details name all that is known; links lead on.
    jump(product);
    const text = details.textContent;
    for (const part of [product.types[0], product.source, product.launches[0].kernel.name, product.text])
      check(text.includes(part), `details say ${part}`);
    details.querySelector('[data-kernel]').click();
    check(details.textContent.includes('func.func private @'), 'a kernel shows its text');
    document.getElementById('tab-kernels').click();
    check(document.querySelectorAll('#kernels tbody tr').length === kernels.length, 'all kernels are listed');
    document.getElementById('tab-modules').click();
    check(document.querySelectorAll('#modules li').length === modules.length - 1, 'all modules are listed');

    const back = () => getComputedStyle(document.body).backgroundColor;
    const light = back();
    document.getElementById('theme').click();
    check(back() !== light, 'there are two themes');
    for (const colour of profiled ? ['time', 'kernel', 'kind'] : ['kernel', 'kind']) {
      document.getElementById('colour').value = colour;
      document.getElementById('colour').dispatchEvent(new Event('change'));
      check(elements.size > 0, `colours by ${colour}`);
    }
    if (profiled) {
      const measured = kernels.reduce((sum, k) => sum + (k.prepares ? 0 : (k.ms || 0) * k.launches.length), 0);
      check(Math.abs(root.ms - measured) < 1e-9 + 1e-6 * measured && measured > 0, 'modules have all time of the kernels');
    }
    zoom(2);
    fit();
    check(view.scale > 0 && Number.isFinite(view.x), 'it can be zoomed');
  };
  try {
    useIt();
  } catch (error) {
    wrong.push(error.stack);
  }
  wrong.push(...window.pageErrors);
  const verdict = document.createElement('pre');
  verdict.id = 'verdict';
  verdict.textContent = wrong.length ? 'WRONG: ' + [...new Set(wrong)].slice(0, 20).join('\n') : 'ALL WELL';
  document.body.append(verdict);
}
