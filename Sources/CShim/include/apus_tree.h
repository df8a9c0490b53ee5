// For copies into and out of containers: what Swift's Glibc module lacks.
#pragma once

/// Attaches a detached mount at an open place (move_mount(2)).
int apus_attach_mount(int mount, int place);
/// The kind of file system that an open file is on, a magic number of linux/magic.h; 0 where it cannot be told.
unsigned long apus_file_system(int fd);
