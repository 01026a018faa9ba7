#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/notify.h"

static int listen_at(const struct sockaddr_un *sun, socklen_t len)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (const struct sockaddr *)sun, len), 0);
	return fd;
}

static void expect(int fd, const char *want)
{
	char got[64] = "";

	assert_int_equal(recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT), strlen(want));
	assert_string_equal(got, want);
}

static void to_a_path(void **state)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd;

	snprintf(sun.sun_path, sizeof(sun.sun_path), "/tmp/test_notify.%d", (int)getpid());
	fd = listen_at(&sun, sizeof(sun));
	setenv("NOTIFY_SOCKET", sun.sun_path, 1);
	notify_send("READY=1\n");
	expect(fd, "READY=1\n");
	close(fd);
	unlink(sun.sun_path);
	notify_send("STOPPING=1\n"); /* nobody is there: that is all right */
}

static void to_an_abstract_name(void **state)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	char name[64];
	int fd, len = snprintf(name, sizeof(name), "@test_notify.%d", (int)getpid());

	memcpy(sun.sun_path + 1, name + 1, (size_t)len - 1);
	fd = listen_at(&sun, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)len));
	setenv("NOTIFY_SOCKET", name, 1);
	notify_send("READY=1\n");
	expect(fd, "READY=1\n");
	close(fd);
}

static void nobody_asked(void **state)
{
	unsetenv("NOTIFY_SOCKET");
	notify_send("READY=1\n");
	setenv("NOTIFY_SOCKET", "relative/path", 1);
	notify_send("READY=1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(to_a_path),
	    cmocka_unit_test(to_an_abstract_name),
	    cmocka_unit_test(nobody_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
