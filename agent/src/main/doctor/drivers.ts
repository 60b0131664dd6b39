/** What is known of drivers that the kernel does not tell. */

/**
 * Drivers that reset the device when a program is attached natively or taken off, and by what they do so (Linux 6.x,
 * drivers/net/ethernet). How long the link is away depends on the card: about 20 s were reported for ixgbe
 * (github.com/xdp-project/bpf-examples/issues/86), 1 to 10 s for mlx5 (github.com/cilium/cilium/issues/13526).
 */
const resetting: ReadonlySet<string> = new Set([
  'ena', // amazon/ena: ena_xdp_set → ena_down, ena_up
  'i40e', // intel/i40e: i40e_xdp_setup → i40e_reset_and_rebuild
  'ice', // intel/ice: ice_xdp_setup_prog → ice_down, ice_up
  'igb', // intel/igb: igb_xdp_setup → igb_close, igb_open
  'igc', // intel/igc: igc_xdp_set_prog → igc_close, igc_open
  'ixgbe', // intel/ixgbe: ixgbe_xdp_setup → ixgbe_setup_tc, which closes and opens the device
  'mlx5_core', // mellanox/mlx5: mlx5e_xdp_set opens all channels anew
]);

export const mayResetLink = (driver: string): boolean => resetting.has(driver);

const notes: Readonly<Record<string, string>> = {
  // drivers/net/virtio_net.c: virtnet_xdp_set → virtnet_clear_guest_offloads
  virtio_net: 'switches receive offloads off while a program is attached',
  // drivers/net/veth.c: veth_xdp_set; XDP then sees what the other end sends.
  veth: 'is no card: XDP sees what the other end of the pair sends',
  // drivers/net/tun.c: tun_xdp_set; tap and tun devices.
  tun: 'is no card: XDP sees what the process behind it sends',
};

/** What a person should know of a driver; null for most. */
export const driverNote = (driver: string): string | null => notes[driver] ?? null;
