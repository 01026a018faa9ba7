// What a person does in mongosh.
const assert = require('assert');
// mongosh's values come from another context, where Array is another Array.
const same = (a, b) => assert.strictEqual(EJSON.stringify(a), EJSON.stringify(b));
function fails(what, how) {
	try {
		what();
	} catch (e) {
		assert.match(e.message, how);
		return;
	}
	assert.fail('nothing was thrown');
}
const d = db.getSiblingDB('mongosh_' + process.pid);

d.dropDatabase();
assert.strictEqual(d.runCommand({ ping: 1 }).ok, 1);
assert.strictEqual(d.people.insertOne({ _id: 1, name: 'Ada', tags: ['a', 'b'] }).insertedId, 1);
assert.strictEqual(Object.keys(d.people.insertMany([{ _id: 2, name: 'Bob' }, { _id: 3, name: 'Cid' }]).insertedIds).length, 2);
same(d.getCollectionNames(), ['people']);
assert.strictEqual(d.people.find({ tags: 'b' }).toArray()[0].name, 'Ada');
assert.strictEqual(d.people.updateOne({ _id: 2 }, { $push: { tags: 'c' } }).modifiedCount, 1);
assert.strictEqual(d.people.countDocuments(), 3);
assert.strictEqual(d.people.estimatedDocumentCount(), 3);
assert.strictEqual(d.people.createIndex({ name: 1 }, { unique: true }), 'name_1');
same(d.people.getIndexes().map((i) => i.name), ['_id_', 'name_1']);
fails(() => d.people.insertOne({ name: 'Ada' }), /E11000 duplicate key/);
assert.strictEqual(d.people.find({ name: { $gt: 'Ada' } }).sort({ name: -1 }).toArray()[0].name, 'Cid');
same(d.people.distinct('tags'), ['a', 'b', 'c']);
same(d.people.aggregate([{ $group: { _id: null, n: { $sum: 1 } } }]).toArray(), [{ _id: null, n: 3 }]);
d.people.getPlanCache().clear();
d.people.getPlanCache().clearPlansByQuery({ name: 'Ada' });
same(d.people.getPlanCache().list(), []);
const stats = d.people.stats();
assert.strictEqual(Number(stats.count), 3);
assert.strictEqual(Number(stats.nindexes), 2);
assert.strictEqual(Number(d.stats().collections), 1);
assert(d.serverStatus().connections.current >= 1);
assert(d.adminCommand({ listDatabases: 1 }).databases.some((x) => x.name === d.getName()));
assert(d.hostInfo().system.numCores >= 1);
assert(d.currentOp().inprog.length >= 1);
assert.strictEqual(d.people.findOneAndDelete({ _id: 3 }).name, 'Cid');
assert.strictEqual(d.people.renameCollection('persons').ok, 1);
assert.strictEqual(d.persons.drop(), true);
fails(() => d.adminCommand({ frobnicate: 1 }), /no such command/);
assert.strictEqual(d.dropDatabase().ok, 1);
print('ok');
