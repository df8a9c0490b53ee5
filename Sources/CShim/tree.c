#include "apus_tree.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

int apus_attach_mount(int mount, int place) {
  return (int)syscall(SYS_move_mount, mount, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

int apus_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }
