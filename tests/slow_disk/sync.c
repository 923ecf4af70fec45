/* Library that is loaded before the C library and delays fsync and fdatasync by TEST_SYNC_MS milliseconds: a disk that is
   slow to make data durable, such as a network file system. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void delay(void) {
    const char *text = getenv("TEST_SYNC_MS");
    long millis = text == NULL ? 0 : atol(text);
    struct timespec time = {millis / 1000, millis % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static int call(const char *name, int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    delay();
    return real(file);
}

int fsync(int file) { return call("fsync", file); }

int fdatasync(int file) { return call("fdatasync", file); }
