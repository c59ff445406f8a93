/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vfiod run [OPTION...] -- COMMAND...`: a command with devices of its own, see vfiod-run(8). */
#ifndef RUN_RUN_H
#define RUN_RUN_H

/** The program from its arguments on, of which the first is its name. Returns the exit code. */
int run_main(int argc, char **argv);

#endif
