// Draws a graph without cycles in rows, each edge downwards. Source: Sugiyama, Tagawa, Toda, "Methods
// for Visual Understanding of Hierarchical System Structures", IEEE Trans. SMC 11(2), 1981.
//
// `items` have sizes w and h; `edges` are pairs of their numbers; `entries` and `exits` are the numbers
// of items with edges from above and to below the whole. The answer has each item's top left corner,
// the size of it all, and the points that each edge passes between its ends. A point without x is
// where the edge's end on that side is.
function layered(items, edges, entries, exits) {
  const rank = assignRows(items, edges);
  const graph = addBends(items, edges, rank, entries, exits);
  orderRows(graph);
  placeRows(graph);
  const rowTop = [], rowBottom = [];
  let y = 0;
  graph.rows.forEach((row, r) => {
    rowTop[r] = y;
    rowBottom[r] = y + Math.max(0, ...row.map((vertex) => vertex.h));
    y = rowBottom[r] + kRowGap;
  });
  const left = Math.min(0, ...graph.vertices.map((v) => v.x - v.w / 2));
  const right = Math.max(0, ...graph.vertices.map((v) => v.x + v.w / 2));
  const through = (bends, first, end) => {
    const points = [];
    for (let r = first; r < end; ++r) {
      const x = bends.get(r).x - left;
      points.push({x, y: rowTop[r]}, {x, y: rowBottom[r]});
    }
    return points;
  };
  return {
    w: right - left,
    h: Math.max(0, y - kRowGap),
    places: items.map((item, i) => ({x: graph.vertices[i].x - item.w / 2 - left, y: rowTop[rank[i]]})),
    routes: edges.map(([from, to]) => [
      {y: rowBottom[rank[from]]}, ...through(graph.out[from], rank[from] + 1, rank[to]), {y: rowTop[rank[to]]}]),
    entries: entries.map((i) => [...through(graph.into[i], 0, rank[i]), {y: rowTop[rank[i]]}]),
    exits: exits.map((i) => [{y: rowBottom[rank[i]]}, ...through(graph.out[i], rank[i] + 1, graph.rows.length)])
  };
}

const kColumnGap = 26, kBendGap = 12, kRowGap = 40;

// The row of each item: below all that it reads, near its readers, and no row much wider than the
// whole is high.
function assignRows(items, edges) {
  const before = items.map(() => []), after = items.map(() => []);
  for (const [from, to] of edges) {
    before[to].push(from);
    after[from].push(to);
  }
  const order = [], waiting = before.map((list) => list.length);
  waiting.forEach((count, i) => { if (count === 0) order.push(i); });
  for (let at = 0; at < order.length; ++at)
    for (const next of after[order[at]]) if (--waiting[next] === 0) order.push(next);

  const wanted = new Array(items.length).fill(0);
  for (const i of order) for (const p of before[i]) wanted[i] = Math.max(wanted[i], wanted[p] + 1);
  for (const i of order.slice().reverse())
    if (before[i].length === 0 && after[i].length > 0)
      wanted[i] = Math.min(...after[i].map((next) => wanted[next])) - 1;

  const area = items.reduce((sum, item) => sum + (item.w + kColumnGap) * (item.h + kRowGap), 0);
  const widest = Math.max(1400, 2 * Math.sqrt(area));
  const place = new Map(order.map((item, at) => [item, at]));
  const filled = [], rank = new Array(items.length).fill(0);
  for (const i of order.slice().sort((a, b) => wanted[a] - wanted[b] || place.get(a) - place.get(b))) {
    let r = wanted[i];
    for (const p of before[i]) r = Math.max(r, rank[p] + 1);
    while (filled[r] > 0 && filled[r] + items[i].w > widest) ++r;
    filled[r] = (filled[r] || 0) + items[i].w + kColumnGap;
    rank[i] = r;
  }
  return rank;
}

// An edge over several rows bends in each. Those that leave an item share their bends (`out`), and
// so do those that come to it from above the whole (`into`).
function addBends(items, edges, rank, entries, exits) {
  const vertices = items.map((item, i) => ({w: item.w, h: item.h, row: rank[i], up: [], down: []}));
  const out = items.map(() => new Map()), into = items.map(() => new Map());
  const count = Math.max(0, ...rank.map((r) => r + 1));
  const join = (a, b) => {
    if (a.down.includes(b)) return;
    a.down.push(b);
    b.up.push(a);
  };
  const bendAt = (bends, row) => {
    if (!bends.has(row)) {
      const bend = {w: 8, h: 0, row, up: [], down: [], bend: true};
      bends.set(row, bend);
      vertices.push(bend);
    }
    return bends.get(row);
  };
  // Down from an item to before the row `end`; the last vertex.
  const leave = (from, end) => {
    let last = vertices[from];
    for (let r = rank[from] + 1; r < end; ++r) {
      join(last, bendAt(out[from], r));
      last = out[from].get(r);
    }
    return last;
  };
  for (const [from, to] of edges) join(leave(from, rank[to]), vertices[to]);
  for (const from of exits) leave(from, count);
  for (const to of entries) {
    let next = vertices[to];
    for (let r = rank[to] - 1; r >= 0; --r) {
      join(bendAt(into[to], r), next);
      next = into[to].get(r);
    }
  }
  const rows = Array.from({length: count}, () => []);
  for (const vertex of vertices) rows[vertex.row].push(vertex);
  return {vertices, out, into, rows};
}

// Crossings are few where each vertex stands at the mean of its neighbours in the row before.
function orderRows({rows}) {
  const number = (row) => row.forEach((vertex, at) => { vertex.at = at; });
  rows.forEach(number);
  const sweep = (row, side) => {
    for (const vertex of row) {
      const near = vertex[side];
      vertex.key = near.length ? near.reduce((sum, v) => sum + v.at, 0) / near.length : vertex.at;
    }
    row.sort((a, b) => a.key - b.key);
    number(row);
  };
  for (let round = 0; round < 6; ++round) {
    for (let r = 1; r < rows.length; ++r) sweep(rows[r], 'up');
    for (let r = rows.length - 2; r >= 0; --r) sweep(rows[r], 'down');
  }
  for (let r = 1; r < rows.length; ++r) sweep(rows[r], 'up');
}

// Each vertex as near to its neighbours as the order within its row lets it.
function placeRows({rows}) {
  for (const row of rows) {
    let x = 0;
    for (const vertex of row) {
      vertex.x = x + vertex.w / 2;
      x += vertex.w + gapAfter(vertex);
    }
    for (const vertex of row) vertex.x -= x / 2;
  }
  const sweep = (row, sides) => {
    const wanted = row.map((vertex) => {
      let sum = 0, weight = 0;
      for (const side of sides) {
        for (const near of vertex[side]) {
          const pull = vertex.bend && near.bend ? 8 : 1;
          sum += pull * near.x;
          weight += pull;
        }
      }
      return weight ? sum / weight : vertex.x;
    });
    spread(row, wanted);
  };
  for (let round = 0; round < 8; ++round) {
    for (let r = 1; r < rows.length; ++r) sweep(rows[r], ['up']);
    for (let r = rows.length - 2; r >= 0; --r) sweep(rows[r], ['down']);
  }
  for (const row of rows) sweep(row, ['up', 'down']);
}

function gapAfter(vertex) { return vertex.bend ? kBendGap : kColumnGap; }

// Least squares under the order of the row: pool adjacent violators. Source: Ayer et al., "An
// Empirical Distribution Function for Sampling with Incomplete Information", 1955.
function spread(row, wanted) {
  const offset = [0];
  for (let i = 1; i < row.length; ++i)
    offset.push(offset[i - 1] + row[i - 1].w / 2 + gapAfter(row[i - 1]) + row[i].w / 2);
  const pools = [];  // [sum, count]
  for (let i = 0; i < row.length; ++i) {
    pools.push([wanted[i] - offset[i], 1]);
    while (pools.length > 1) {
      const [a, b] = pools.slice(-2);
      if (a[0] / a[1] <= b[0] / b[1]) break;
      pools.splice(-2, 2, [a[0] + b[0], a[1] + b[1]]);
    }
  }
  let i = 0;
  for (const [sum, count] of pools)
    for (let k = 0; k < count; ++k, ++i) row[i].x = sum / count + offset[i];
}
