// For copies into and out of containers: what Swift's Glibc module lacks.
#pragma once

/// Attaches a detached mount at an open place (move_mount(2)).
int apus_attach_mount(int mount, int place);
/// A pipe whose ends close on exec (pipe2(2)).
int apus_pipe(int ends[2]);
