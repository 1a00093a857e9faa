/* Keeps a copy of every file under POWER_ROOT as of its last sync in POWER_SHADOW: what a power loss would leave.
   POWER_FAIL_AT=n lets the n-th sync of a write-ahead log fail with EIO.
   While there is a file POWER_SHADOW/busy, syncs of a write-ahead log do not return. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int log_syncs = 0;

static int ends_with(const char *text, const char *end) {
    size_t all = strlen(text), part = strlen(end);
    return all >= part && strcmp(text + all - part, end) == 0;
}

static int path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    const char *root = getenv("POWER_ROOT");
    return root != NULL && strncmp(path, root, strlen(root)) == 0;
}

static void keep(const char *path) {
    char draft[PATH_MAX + 64], kept[PATH_MAX + 64], block[1 << 16];
    const char *shadow = getenv("POWER_SHADOW"), *name = strrchr(path, '/') + 1;
    snprintf(draft, sizeof draft, "%s/%s.draft", shadow, name);
    snprintf(kept, sizeof kept, "%s/%s", shadow, name);
    int from = open(path, O_RDONLY | O_CLOEXEC), to = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t length;
    while (from >= 0 && to >= 0 && (length = read(from, block, sizeof block)) > 0)
        if (write(to, block, (size_t)length) != length) abort();
    if (to >= 0) close(to);
    /* `from` stays open: closing a descriptor of the database would drop this process's SQLite locks */
    rename(draft, kept);
}

static void wait_while_busy(void) {
    char mark[PATH_MAX + 64];
    snprintf(mark, sizeof mark, "%s/busy", getenv("POWER_SHADOW"));
    while (access(mark, F_OK) == 0) usleep(2000);
}

static int synced(int fd, const char *function) {
    char path[PATH_MAX];
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, function);
    if (!path_of(fd, path)) return real(fd);
    pthread_mutex_lock(&mutex);
    const char *fail_at = getenv("POWER_FAIL_AT");
    int is_log = ends_with(path, "-wal");
    if (is_log && fail_at != NULL && ++log_syncs == atoi(fail_at)) {
        pthread_mutex_unlock(&mutex);
        errno = EIO;
        return -1;
    }
    if (is_log) wait_while_busy();
    if (is_log || ends_with(path, ".sqlite3")) keep(path);
    pthread_mutex_unlock(&mutex);
    return 0;
}

int fsync(int fd) { return synced(fd, "fsync"); }
int fdatasync(int fd) { return synced(fd, "fdatasync"); }
