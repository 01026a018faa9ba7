# Drivers and shells as they come: script/test runs these, make check does not,
# for npm is needed to get them.

EXTRA_DIST += tests/support/server.py tests/drivers/run.py tests/drivers/oracle.py \
	tests/drivers/queries.json tests/drivers/package.json \
	tests/drivers/package-lock.json tests/drivers/.npmrc \
	tests/drivers/mongosh tests/drivers/node tests/drivers/python
