// ONNX Runtime's side of benchmarks/compare (see benchmarks/models/main.cc for the orders it
// takes). Needs onnxruntime-node in NODE_PATH, and the models that workloads.py exports.
//
//   node ort_worker.js FOLDER
'use strict';
const fs = require('fs');
const readline = require('readline');
const ort = require('onnxruntime-node');

const folder = process.argv[2];

// The input of a workload: a .npy of f32 or i64.
function readNpy(file) {
  const bytes = fs.readFileSync(file);
  const end = 10 + bytes.readUInt16LE(8);
  const header = bytes.subarray(10, end).toString();
  const shape = /'shape': \((.*?)\)/.exec(header)[1].split(',').filter(x => x.trim()).map(Number);
  const data = bytes.buffer.slice(bytes.byteOffset + end, bytes.byteOffset + bytes.length);
  return /'<i8'/.test(header) ? new ort.Tensor('int64', new BigInt64Array(data), shape)
                              : new ort.Tensor('float32', new Float32Array(data), shape);
}

async function main() {
  let session, x;
  const milliseconds = async () => {
    const start = process.hrtime.bigint();
    await session.run({x});
    return Number(process.hrtime.bigint() - start) / 1e6;
  };
  for await (const line of readline.createInterface({input: process.stdin})) {
    const [verb, name, threads] = line.split(' ');
    if (verb === 'load') {
      const model = `${folder}/${name}.onnx`;
      if (!fs.existsSync(model)) {
        console.log('absent', model);
        continue;
      }
      const start = process.hrtime.bigint();
      session = await ort.InferenceSession.create(model, {
        intraOpNumThreads: Number(threads),
        interOpNumThreads: 1,
        graphOptimizationLevel: 'all',
      });
      x = readNpy(`${folder}/${name}.npy`);
      await milliseconds();
      console.log('ok', Number(process.hrtime.bigint() - start) / 1e6);
    } else if (verb === 'run') {
      const times = [];
      for (let i = 0; i < Number(name); ++i) times.push(await milliseconds());
      console.log(times.join(' '));
    }
  }
}

main();
