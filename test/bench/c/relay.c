/*
 * Carries packets between the TUN devices of two network namespaces, and does nothing else: what a stack in user space
 * could reach at best.
 *
 *   relay NAMESPACE NAMESPACE DEVICE plain|offload
 *
 * With `offload` both devices hand over and take segments of up to 64 KiB whose checksums nobody computes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The longest packet and the header of virtio before it. */
enum { LONGEST = 65535 + 10, BATCH = 64 };

static char packet[LONGEST];

static void fail(const char *what) {
  fprintf(stderr, "relay: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int open_tun(const char *namespace, const char *device, int offload) {
  char path[256];
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI | (offload ? IFF_VNET_HDR : 0)};
  int space, fd;
  snprintf(path, sizeof path, "/run/netns/%s", namespace);
  space = open(path, O_RDONLY);
  if (space < 0 || setns(space, CLONE_NEWNET) < 0) fail(path);
  close(space);
  fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  if (fd < 0) fail("/dev/net/tun");
  strncpy(request.ifr_name, device, IFNAMSIZ - 1);
  if (ioctl(fd, TUNSETIFF, &request) < 0) fail("TUNSETIFF");
  if (ioctl(fd, TUNSETOFFLOAD, offload ? TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 : 0) < 0) fail("TUNSETOFFLOAD");
  return fd;
}

static void carry(int from, int to) {
  for (int i = 0; i < BATCH; i++) {
    ssize_t length = read(from, packet, LONGEST);
    if (length < 0 && errno == EAGAIN) return;
    if (length < 0) fail("read");
    /* What the other kernel does not take is lost, as on any wire. */
    if (write(to, packet, length) < 0 && errno != EAGAIN && errno != EIO && errno != EINVAL) fail("write");
  }
}

int main(int argc, char **argv) {
  if (argc != 5) {
    fputs("relay NAMESPACE NAMESPACE DEVICE plain|offload\n", stderr);
    return 2;
  }
  int offload = strcmp(argv[4], "offload") == 0;
  int one = open_tun(argv[1], argv[3], offload), other = open_tun(argv[2], argv[3], offload);
  struct pollfd ends[] = {{.fd = one, .events = POLLIN}, {.fd = other, .events = POLLIN}};
  puts("ready");
  fflush(stdout);
  for (;;) {
    if (poll(ends, 2, -1) < 0 && errno != EINTR) fail("poll");
    if (ends[0].revents) carry(one, other);
    if (ends[1].revents) carry(other, one);
  }
}
