// Runs queries.json through the Node driver: answers.js URI QUERIES
'use strict';
const fs = require('fs');
const { MongoClient } = require('mongodb');

async function answer(db, q) {
	const c = db.collection(q.collection);
	if (q.op === 'count')
		return [await c.countDocuments(q.filter)];
	if (q.op === 'distinct')
		return (await c.distinct(q.key, q.filter)).sort();
	if (q.op === 'aggregate')
		return c.aggregate(q.pipeline).toArray();
	const { projection, sort, skip, limit, batchSize } = q;
	const options = Object.fromEntries(Object.entries({ projection, sort, skip, limit, batchSize })
		.filter(([, v]) => v !== undefined));
	return c.find(q.filter, options).toArray();
}

async function main() {
	const client = await MongoClient.connect(process.argv[2]);
	for (const q of JSON.parse(fs.readFileSync(process.argv[3], 'utf8')))
		console.log(JSON.stringify({ name: q.name, result: await answer(client.db('iso'), q) }));
	await client.close();
}

main().catch((e) => { console.error(e); process.exit(1); });
