// What an application does with the Node driver, as it comes.
'use strict';
const test = require('node:test');
const assert = require('node:assert');
const { MongoClient, ObjectId, Decimal128, Long, Binary, Timestamp, MinKey, MaxKey, Int32, Double } = require('mongodb');

const uri = process.env.DOLMEN_URI;
const replset = process.env.DOLMEN_REPLSET === '1';

async function fresh(t, name) {
	const client = await MongoClient.connect(uri);
	t.after(() => client.close());
	const c = client.db(`node_${process.pid}`).collection(name);
	await c.drop();
	return c;
}

test('insert, find, update, delete', async (t) => {
	const c = await fresh(t, 'crud');
	const { insertedId } = await c.insertOne({ a: 1, s: 'x' });
	assert(insertedId instanceof ObjectId);
	assert.deepStrictEqual(await c.findOne({ _id: insertedId }), { _id: insertedId, a: 1, s: 'x' });
	let r = await c.updateOne({ a: 1 }, { $set: { b: { c: [1, 2] } }, $inc: { a: 4 } });
	assert.strictEqual(r.matchedCount, 1);
	assert.strictEqual(r.modifiedCount, 1);
	r = await c.updateOne({ a: 5 }, { $set: { s: 'x' } });
	assert.strictEqual(r.matchedCount, 1);
	assert.strictEqual(r.modifiedCount, 0);
	assert.deepStrictEqual(await c.findOne({}, { projection: { _id: 0 } }), { a: 5, s: 'x', b: { c: [1, 2] } });
	assert.strictEqual((await c.deleteMany({})).deletedCount, 1);
	assert.strictEqual(await c.findOne({}), null);
});

test('every type comes back as it went', async (t) => {
	const c = await fresh(t, 'types');
	const doc = {
		_id: 1, double: new Double(1.5), int: new Int32(7), long: Long.fromString('9007199254740993'), decimal: Decimal128.fromString('1.20'),
		string: 'é\u0000x', bin: new Binary(Buffer.from([0, 1, 2]), 0), oid: new ObjectId(), date: new Date(0), null: null,
		bool: true, re: /^a.b$/i, ts: new Timestamp({ t: 3, i: 4 }), min: new MinKey(), max: new MaxKey(),
		nested: { a: [{ b: [[]] }, {}] }, negativeZero: -0.0,
	};
	await c.insertOne(doc);
	const got = await c.findOne({ _id: 1 }, { promoteValues: false, promoteLongs: false });
	assert.strictEqual(got.long.toString(), '9007199254740993');
	assert.strictEqual(got.decimal.toString(), '1.20');
	assert.strictEqual(got.string, 'é\u0000x');
	assert.strictEqual(got.ts.toString(), doc.ts.toString());
	assert(Object.is(got.negativeZero.value, -0));
	assert.deepStrictEqual(Object.keys(got), Object.keys(doc));
});

test('upsert, replace, findOneAndUpdate and friends', async (t) => {
	const c = await fresh(t, 'modify');
	const r = await c.updateOne({ _id: 'u', k: 3 }, { $set: { v: 1 }, $setOnInsert: { made: true } }, { upsert: true });
	assert.strictEqual(r.upsertedId, 'u');
	assert.deepStrictEqual(await c.findOne({}), { _id: 'u', k: 3, made: true, v: 1 });
	await c.replaceOne({ _id: 'u' }, { w: 2 });
	assert.deepStrictEqual(await c.findOne({}), { _id: 'u', w: 2 });
	assert.deepStrictEqual(await c.findOneAndUpdate({ _id: 'u' }, { $inc: { w: 1 } }, { returnDocument: 'after' }), { _id: 'u', w: 3 });
	assert.deepStrictEqual(await c.findOneAndUpdate({ _id: 'u' }, { $inc: { w: 1 } }), { _id: 'u', w: 3 });
	assert.strictEqual(await c.findOneAndDelete({ _id: 'nobody' }), null);
	assert.deepStrictEqual(await c.findOneAndDelete({}, { projection: { _id: 0 } }), { w: 4 });
});

test('cursors: many batches, sort, skip, limit, early close', async (t) => {
	const c = await fresh(t, 'cursors');
	await c.insertMany(Array.from({ length: 2500 }, (_, i) => ({ _id: i, r: (i * 7919) % 2500 })));
	assert.strictEqual((await c.find().batchSize(100).toArray()).length, 2500);
	const sorted = await c.find().sort({ r: -1 }).skip(10).limit(20).toArray();
	assert.deepStrictEqual(sorted.map((d) => d.r), Array.from({ length: 20 }, (_, i) => 2489 - i));
	let n = 0;
	for await (const d of c.find({ _id: { $gte: 100 } }).batchSize(10)) {
		assert.strictEqual(d._id, 100 + n);
		if (++n === 35)
			break;
	}
	assert.strictEqual(await c.countDocuments({ r: { $lt: 100 } }), 100);
	assert.strictEqual(await c.estimatedDocumentCount(), 2500);
});

test('bulk writes, ordered and not, with their errors', async (t) => {
	const c = await fresh(t, 'bulk');
	const r = await c.bulkWrite([
		{ insertOne: { document: { _id: 1 } } }, { insertOne: { document: { _id: 2 } } },
		{ updateMany: { filter: {}, update: { $set: { x: 1 } } } }, { deleteOne: { filter: { _id: 1 } } },
		{ updateOne: { filter: { _id: 9 }, update: { $set: { y: 1 } }, upsert: true } },
	]);
	assert.deepStrictEqual([r.insertedCount, r.modifiedCount, r.deletedCount, r.upsertedCount], [2, 2, 1, 1]);
	await assert.rejects(c.insertMany([{ _id: 3 }, { _id: 2 }, { _id: 4 }]), (e) => {
		assert.strictEqual(e.code, 11000);
		assert.match(e.message, /E11000 duplicate key error collection: .*\.bulk index: _id_ dup key: \{ _id: 2 \}/);
		assert.strictEqual(e.result.insertedCount, 1);
		return true;
	});
	await assert.rejects(c.insertMany([{ _id: 3 }, { _id: 5 }], { ordered: false }), (e) => e.result.insertedCount === 1);
	assert.deepStrictEqual((await c.find().sort({ _id: 1 }).toArray()).map((d) => d._id), [2, 3, 5, 9]);
});

test('unique indexes', async (t) => {
	const c = await fresh(t, 'unique');
	assert.strictEqual(await c.createIndex({ email: 1 }, { unique: true }), 'email_1');
	await c.insertOne({ email: 'a@b' });
	await assert.rejects(c.insertOne({ email: 'a@b' }), (e) => {
		assert.strictEqual(e.code, 11000);
		assert.deepStrictEqual(e.keyPattern, { email: 1 });
		assert.deepStrictEqual(e.keyValue, { email: 'a@b' });
		return true;
	});
	assert.deepStrictEqual((await c.indexes()).map((i) => i.name), ['_id_', 'email_1']);
	await c.dropIndex('email_1');
	await c.insertOne({ email: 'a@b' });
});

test('errors have their code and codeName', async (t) => {
	const c = await fresh(t, 'errors');
	await assert.rejects(c.find({ a: { $frob: 1 } }).toArray(), { code: 2, codeName: 'BadValue' });
	await assert.rejects(c.updateOne({}, { $frob: { a: 1 } }), { code: 9 });
	const client = await MongoClient.connect(uri);
	t.after(() => client.close());
	const db = client.db(c.dbName);
	await assert.rejects(db.command({ frob: 1 }), { code: 59, codeName: 'CommandNotFound' });
});

test('tailable cursor on a capped collection', async (t) => {
	const c = await fresh(t, 'tail');
	const client = await MongoClient.connect(uri);
	t.after(() => client.close());
	const capped = await client.db(c.dbName).createCollection('tail', { capped: true, size: 100000, max: 10 });
	await capped.insertMany(Array.from({ length: 15 }, (_, i) => ({ _id: i })));
	assert.deepStrictEqual((await capped.find().toArray()).map((d) => d._id), [5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
	const cursor = capped.find({}, { tailable: true, awaitData: true, maxAwaitTimeMS: 2000 });
	t.after(() => cursor.close());
	for (let i = 5; i < 15; i++)
		assert.strictEqual((await cursor.next())._id, i);
	const next = cursor.next();
	await capped.insertOne({ _id: 'later' });
	assert.strictEqual((await next)._id, 'later');
});

test('sessions and retryable writes', { skip: !replset }, async (t) => {
	const c = await fresh(t, 'retry');
	const client = await MongoClient.connect(uri, { retryWrites: true });
	t.after(() => client.close());
	const session = client.startSession();
	await client.db(c.dbName).collection('retry').insertOne({ _id: 1 }, { session });
	const lsid = session.id;
	const command = { insert: 'retry', documents: [{ _id: 2 }], lsid, txnNumber: Long.fromNumber(50) };
	const db = client.db(c.dbName);
	const first = await db.command({ ...command });
	const again = await db.command({ ...command });
	assert.strictEqual(first.n, 1);
	assert.strictEqual(again.n, 1);
	assert.strictEqual(await c.countDocuments({ _id: 2 }), 1);
	const inc = { update: 'retry', updates: [{ q: { _id: 2 }, u: { $inc: { n: 1 } } }], lsid, txnNumber: Long.fromNumber(51) };
	await db.command({ ...inc });
	await db.command({ ...inc });
	assert.deepStrictEqual(await c.findOne({ _id: 2 }), { _id: 2, n: 1 });
	await assert.rejects(db.command({ ...command, documents: [{ _id: 3 }] }), { code: 225 });
	await session.endSession();
});

test('write concerns', async (t) => {
	const c = await fresh(t, 'concern');
	await c.insertOne({ _id: 1 }, { writeConcern: { w: 1 } });
	await c.insertOne({ _id: 2 }, { writeConcern: { w: 1, j: true } });
	await c.insertOne({ _id: 3 }, { writeConcern: { w: 'majority' } });
	await c.insertOne({ _id: 4 }, { writeConcern: { w: 0 } });
	for (let i = 0; i < 100 && !(await c.findOne({ _id: 4 })); i++)
		await new Promise((r) => setTimeout(r, 20));
	assert.strictEqual(await c.countDocuments({}), 4);
});

test('compressed connections', async (t) => {
	for (const compressor of ['zlib', 'none']) {
		const client = await MongoClient.connect(uri, { compressors: [compressor] });
		const c = client.db(`node_${process.pid}`).collection('compressed');
		await c.drop();
		await c.insertMany(Array.from({ length: 500 }, (_, i) => ({ _id: i, text: 'x'.repeat(1000) })));
		assert.strictEqual((await c.find().toArray()).length, 500);
		await client.close();
	}
});

test.after(async () => {
	const client = await MongoClient.connect(uri);
	await client.db(`node_${process.pid}`).dropDatabase();
	await client.close();
});

test('updates by a pipeline', async (t) => {
	const c = await fresh(t, 'pipelines');
	await c.insertMany([{ _id: 1, a: [3, 1, 2] }, { _id: 2 }]);
	const r = await c.updateMany({}, [
		{ $set: { sorted: { $sortArray: { input: '$a', sortBy: 1 } }, n: { $size: { $ifNull: ['$a', []] } } } },
		{ $unset: 'a' },
	]);
	assert.strictEqual(r.modifiedCount, 2);
	assert.deepStrictEqual(await c.find().sort({ _id: 1 }).toArray(), [{ _id: 1, sorted: [1, 2, 3], n: 3 }, { _id: 2, sorted: null, n: 0 }]);
	const after = await c.findOneAndUpdate({ _id: 2 }, [{ $replaceWith: { was: '$$ROOT', by: '$$who' } }],
		{ returnDocument: 'after', let: { who: 'me' } });
	assert.deepStrictEqual(after, { _id: 2, was: { _id: 2, sorted: null, n: 0 }, by: 'me' });
	await assert.rejects(c.updateOne({ _id: 1 }, [{ $set: { _id: 7 } }]), (e) => e.code === 66);
});

test('writes into many collections at once', async (t) => {
	const client = await MongoClient.connect(uri);
	t.after(() => client.close());
	const one = `node_${process.pid}.bulk_one`, two = `node_${process.pid}_b.bulk_two`;
	const models = [{ namespace: one, name: 'insertOne', document: { _id: 1 } }, { namespace: two, name: 'insertOne', document: { _id: 1 } },
		{ namespace: one, name: 'updateOne', filter: { _id: 1 }, update: { $set: { a: 1 } } },
		{ namespace: one, name: 'updateMany', filter: {}, update: [{ $set: { b: '$a' } }] },
		{ namespace: two, name: 'replaceOne', filter: { _id: 2 }, replacement: { c: 1 }, upsert: true },
		{ namespace: two, name: 'deleteMany', filter: { _id: 1 } }];
	const r = await client.bulkWrite(models, { verboseResults: true });
	assert.deepStrictEqual([r.insertedCount, r.matchedCount, r.modifiedCount, r.upsertedCount, r.deletedCount], [2, 2, 2, 1, 1]);
	assert.strictEqual(r.updateResults.get(4).upsertedId, 2);
	assert.deepStrictEqual(await client.db(`node_${process.pid}_b`).collection('bulk_two').findOne(), { _id: 2, c: 1 });
	const many = Array.from({ length: 3000 }, (_, i) => ({ namespace: one, name: 'insertOne', document: { _id: i % 2000 } }));
	await assert.rejects(client.bulkWrite(many, { ordered: false }), (e) => {
		assert.strictEqual(e.partialResult.insertedCount, 1999);
		assert.strictEqual(e.writeErrors.size, 1001);
		assert.strictEqual(e.writeErrors.get(1).code, 11000);
		return true;
	});
	await client.db(`node_${process.pid}_b`).dropDatabase();
});
