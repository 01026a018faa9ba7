// Runs queries.json (its path in QUERIES), printing one JSON line an answer.
const queries = JSON.parse(require('fs').readFileSync(process.env.QUERIES, 'utf8'));
const iso = db.getSiblingDB('iso');

for (const q of queries) {
	const c = iso.getCollection(q.collection);
	let result;
	if (q.op === 'count')
		result = [c.countDocuments(q.filter)];
	else if (q.op === 'distinct')
		result = c.distinct(q.key, q.filter).sort();
	else if (q.op === 'aggregate')
		result = c.aggregate(q.pipeline).toArray();
	else {
		let cursor = c.find(q.filter, q.projection || {});
		if (q.sort) cursor = cursor.sort(q.sort);
		if (q.skip) cursor = cursor.skip(q.skip);
		if (q.limit) cursor = cursor.limit(q.limit);
		if (q.batchSize) cursor = cursor.batchSize(q.batchSize);
		result = cursor.toArray();
	}
	print(JSON.stringify({ name: q.name, result }));
}
