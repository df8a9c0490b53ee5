// The container's log, one line a line of output, in the form of the Kubernetes CRI:
//   2026-11-24T19:10:00.123456789Z stdout F text
// F ends a line; P is a part of one, and the next entry of the stream goes on with it.
#include "monitor.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static bool failing; // a full disk must not stop the container
static int log_file = -1;

/// Made with the first output: a silent container costs no file.
static bool open_log(void) {
  if (log_file < 0) log_file = openat(slots[plan->log_slot], "log", O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0640);
  return log_file >= 0;
}

static void put(const struct iovec *parts, int count) {
  if (writev(log_file, parts, count) < 0) failing = true;
}

void log_write(char stream, const char *data, size_t length) {
  if (plan->log_slot < 0 || failing || !open_log()) return;
  struct timespec time;
  struct tm civil;
  char head[2][64];
  clock_gettime(CLOCK_REALTIME, &time);
  gmtime_r(&time.tv_sec, &civil);
  size_t at = strftime(head[0], sizeof head[0], "%Y-%m-%dT%H:%M:%S", &civil);
  at += snprintf(head[0] + at, sizeof head[0] - at, ".%09ldZ %s ", time.tv_nsec, stream == 'r' ? "stderr" : "stdout");
  memcpy(head[1], head[0], at);
  memcpy(head[0] + at, "F ", 2);
  memcpy(head[1] + at, "P ", 2);
  struct iovec parts[128];
  int count = 0;
  while (length > 0) {
    const char *end = memchr(data, '\n', length);
    size_t size = end ? (size_t)(end - data) + 1 : length;
    parts[count++] = (struct iovec){head[end ? 0 : 1], at + 2};
    parts[count++] = (struct iovec){(void *)data, size};
    if (!end) parts[count++] = (struct iovec){"\n", 1};
    if (count > 120) { put(parts, count); count = 0; }
    data += size;
    length -= size;
  }
  if (count) put(parts, count);
}
