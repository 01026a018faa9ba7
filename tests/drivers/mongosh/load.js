// Loads Debian's iso-codes into the database "iso".  ISO_CODES names the folder.
const fs = require('fs');
const folder = process.env.ISO_CODES;
const read = (name, key) => JSON.parse(fs.readFileSync(`${folder}/${name}.json`, 'utf8'))[key];
const iso = db.getSiblingDB('iso');

const countries = read('iso_3166-1', '3166-1');
iso.dropDatabase();
iso.countries.insertMany(countries.map((c) => ({ _id: c.alpha_2, ...c })));
iso.subdivisions.createIndex({ country: 1 });
iso.subdivisions.insertMany(
	read('iso_3166-2', '3166-2').map((s) => ({ _id: s.code, country: s.code.slice(0, 2), ...s })));
iso.currencies.insertMany(read('iso_4217', '4217').map((c) => ({ _id: c.alpha_3, ...c })));
iso.languages.insertMany(read('iso_639-3', '639-3').map((l) => ({ _id: l.alpha_3, ...l })));
iso.nested.insertMany(countries.map((c) => ({
	_id: c.numeric, about: { name: c.name, numeric: c.numeric }, codes: [c.alpha_2, c.alpha_3] })));
iso.currencies.createIndex({ numeric: 1 }, { unique: true });
for (const c of ['countries', 'subdivisions', 'currencies', 'languages', 'nested'])
	print(`${c}: ${iso[c].countDocuments({})} documents`);
