// What is done when the container has ended: the out-of-memory check, the exit record, cgroups and files. Also the state record of a running one.
#include "monitor.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static size_t timestamp(char *room, size_t size) {
  struct timespec time;
  struct tm civil;
  clock_gettime(CLOCK_REALTIME, &time);
  gmtime_r(&time.tv_sec, &civil);
  size_t at = strftime(room, size, "%Y-%m-%dT%H:%M:%S", &civil);
  return at + snprintf(room + at, size - at, ".%09ldZ", time.tv_nsec);
}

/// Without room for a second file the old one is written over: its blocks are there, and a stale record would tell a lie.
static void write_over(int directory, const char *name, const char *text) {
  int fd = openat(directory, name, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  if (pwrite(fd, text, strlen(text), 0) == (ssize_t)strlen(text) && ftruncate(fd, (off_t)strlen(text)) < 0) {}
  close(fd);
}

static void replace(int directory, const char *name, const char *text) {
  char temporary[256];
  snprintf(temporary, sizeof temporary, "%s.tmp", name);
  int fd = openat(directory, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) { write_over(directory, name, text); return; }
  bool whole = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
  close(fd);
  if (whole && renameat(directory, temporary, directory, name) == 0) return;
  unlinkat(directory, temporary, 0);
  write_over(directory, name, text);
}

static char started_at[64]; // kept for the exit record: the state record goes with the run

void write_state(const struct container *container) {
  timestamp(started_at, sizeof started_at);
  if (plan->run_slot < 0) return;
  char text[256];
  snprintf(text, sizeof text, "{\"schemaVersion\":1,\"pid\":%d,\"monitorPid\":%d,\"startedAt\":\"%s\"}\n", container->pid, getpid(), started_at);
  replace(slots[plan->run_slot], "state.json", text);
}

static void record_exit(const struct container *container, const struct apus_step *step) {
  char time[64], text[256];
  timestamp(time, sizeof time);
  snprintf(text, sizeof text, "{\"schemaVersion\":1,\"exitCode\":%d,\"oomKilled\":%s,\"startedAt\":\"%s\",\"finishedAt\":\"%s\"}\n",
           container->code, container->out_of_memory ? "true" : "false", started_at, time);
  replace(slots[step->n[0]], plan_text(step->s[0]), text);
}

static bool counts_kill(const char *path) {
  char text[1024];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  if (length <= 0) return false;
  text[length] = 0;
  const char *at = strstr(text, "oom_kill ");
  return at && atoi(at + 9) > 0;
}

struct entry { uint64_t inode; int64_t offset; unsigned short length; unsigned char type; char name[]; };

/// Calls `visit` on the directories (or on all entries) of a directory, by getdents64: opendir allocates.
static void remove_below(int directory, bool only_directories);
static void remove_entry(int directory, const char *name, bool only_directories) {
  if (!only_directories && unlinkat(directory, name, 0) == 0) return;
  int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return;
  remove_below(fd, only_directories);
  close(fd);
  // A cgroup is busy until the kernel has let go of its last process.
  for (int attempt = 0; unlinkat(directory, name, AT_REMOVEDIR) < 0 && errno == EBUSY && attempt < 500; attempt++) usleep(attempt < 50 ? 100 : 10000);
}
static void remove_below(int directory, bool only_directories) {
  for (;;) {
    char room[2048] __attribute__((aligned(8)));
    bool removed = false;
    lseek(directory, 0, SEEK_SET);
    long length;
    while ((length = syscall(SYS_getdents64, directory, room, sizeof room)) > 0)
      for (long at = 0; at < length;) {
        struct entry *entry = (struct entry *)(room + at);
        at += entry->length;
        if (!strcmp(entry->name, ".") || !strcmp(entry->name, "..")) continue;
        if (only_directories && entry->type != DT_DIR) continue;
        remove_entry(directory, entry->name, only_directories);
        if (faccessat(directory, entry->name, F_OK, AT_SYMLINK_NOFOLLOW) < 0) removed = true;
      }
    if (!removed || only_directories) return;
  }
}

/// The one that the containers share, where this was the last: whoever is about to start another makes it anew.
static void remove_empty_parent(const char *path) {
  char parent[4096];
  const char *end = strrchr(path, '/');
  if (!end || (size_t)(end - path) >= sizeof parent) return;
  memcpy(parent, path, end - path);
  parent[end - path] = 0;
  rmdir(parent);
}

static void remove_cgroup_alone(const char *path) {
  for (int attempt = 0; attempt < 500; attempt++) {
    if (rmdir(path) == 0 || errno == ENOENT) return;
    if (errno != EBUSY) return;
    if (attempt == 20) { // nested ones, made by the container
      int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      if (fd >= 0) { remove_below(fd, true); close(fd); }
    }
    if (attempt > 5) usleep(attempt < 50 ? 200 : 10000);
  }
}

static void remove_cgroup(const char *path, bool with_empty_parent) {
  remove_cgroup_alone(path);
  if (with_empty_parent) remove_empty_parent(path);
}

/// Those that `apus update` made for limits of controllers that were not needed before: one path a line in the run directory.
static void remove_added_cgroups(bool with_empty_parent) {
  char text[4096];
  int fd = plan->run_slot < 0 ? -1 : openat(slots[plan->run_slot], "cgroups", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  if (length <= 0) return;
  text[length] = 0;
  char *rest = text;
  for (char *line; (line = strsep(&rest, "\n"));) if (*line) remove_cgroup(line, with_empty_parent);
}

static void remove_link(const char *path, const char *target) {
  char room[512];
  ssize_t length = readlink(path, room, sizeof room - 1);
  if (length < 0) return;
  room[length] = 0;
  if (!strcmp(room, target)) unlink(path);
}

/// Those of addresses and names on networks, one a line.
static void release_links(int directory, const char *file, const char *target) {
  static char text[65536];
  int fd = openat(directory, file, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  if (length <= 0) return;
  text[length] = 0;
  char *rest = text;
  for (char *line; (line = strsep(&rest, "\n"));) if (*line) remove_link(line, target);
}

/// One datagram: nftables does all of a batch or nothing. Whatever it answers, there is nobody to hear it.
static void send_file(int directory, const char *file, int socket) {
  static char bytes[65536];
  int fd = openat(directory, file, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  ssize_t length = read(fd, bytes, sizeof bytes);
  close(fd);
  if (length > 0) send(socket, bytes, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void run_after(struct container *container) {
  bool removed_added = false;
  for (uint32_t i = 0; i < plan->sections[APUS_AFTER].count; i++) {
    struct apus_step *step = plan_step(plan->sections[APUS_AFTER].first + i);
    const char *text = plan_text(step->s[0]);
    switch (step->kind) {
      case APUS_STEP_OUT_OF_MEMORY: if (counts_kill(text)) container->out_of_memory = true; break;
      case APUS_STEP_RECORD_EXIT: if (container->pid > 0) record_exit(container, step); break;
      case APUS_STEP_REMOVE_CGROUP:
        if (!removed_added) { removed_added = true; remove_added_cgroups(step->n[0]); }
        remove_cgroup(text, step->n[0]);
        break;
      case APUS_STEP_REMOVE_TREE: remove_entry(AT_FDCWD, text, false); break;
      case APUS_STEP_RELEASE_LINKS: release_links(slots[step->n[0]], text, plan_text(step->s[1])); break;
      case APUS_STEP_SEND_FILE: send_file(slots[step->n[0]], text, slots[step->n[1]]); break;
      case APUS_STEP_REMOVE_LINK: remove_link(text, plan_text(step->s[1])); break;
    }
  }
}
