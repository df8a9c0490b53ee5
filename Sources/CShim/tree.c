#include "apus_tree.h"

#include <linux/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

int apus_attach_mount(int mount, int place) {
  return (int)syscall(SYS_move_mount, mount, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

unsigned long apus_file_system(int fd) {
  struct statfs status;
  return fstatfs(fd, &status) < 0 ? 0 : (unsigned long)status.f_type;
}
