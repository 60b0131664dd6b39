/** What is known of drivers that the kernel does not tell. */

/** What a driver does to traffic when a program is attached natively for the first time, or taken off. */
export interface Interruption {
  /** The link may be away for seconds, or only the rings are made anew and what is in them is lost. */
  readonly kind: 'link' | 'rings';
  /** Where the driver does so. */
  readonly by: string;
}

/**
 * From the drivers' sources (Linux 6.x, drivers/net/ethernet). How long a link is away depends on the card: about 20 s
 * were reported for ixgbe (github.com/xdp-project/bpf-examples/issues/86), 1 to 10 s for mlx5
 * (github.com/cilium/cilium/issues/13526). A program that replaces another interrupts nothing in any of them, so a
 * restart with `onStop: keep` does not either.
 */
const interruptions: Readonly<Record<string, Interruption>> = {
  // amazon/ena
  ena: { kind: 'link', by: 'ena_xdp_set takes the device down and up' },
  // broadcom/bnxt: without a change of the link (bnxt_close_nic with link_re_init false)
  bnxt_en: { kind: 'rings', by: 'bnxt_xdp_set closes and opens all rings' },
  // intel
  i40e: { kind: 'link', by: 'i40e_xdp_setup resets and rebuilds the device' },
  ice: { kind: 'link', by: 'ice_xdp_setup_prog takes the device down and up' },
  igb: { kind: 'link', by: 'igb_xdp_setup closes and opens the device' },
  igc: { kind: 'link', by: 'igc_xdp_set_prog closes and opens the device' },
  ixgbe: { kind: 'link', by: 'ixgbe_xdp_setup closes and opens the device, for a ring per CPU' },
  // marvell
  mvneta: { kind: 'link', by: 'mvneta_xdp_setup stops and opens the device' },
  // mellanox
  mlx4_en: { kind: 'rings', by: 'mlx4_xdp_set stops and starts the port, for more rings' },
  mlx5_core: { kind: 'link', by: 'mlx5e_xdp_set opens all channels anew' },
  // qlogic
  qede: { kind: 'link', by: 'qede_xdp_set reloads the device' },
  // stmicro/stmmac, by the names that ethtool gives
  st_gmac: { kind: 'link', by: 'stmmac_xdp_set_prog releases and opens the device' },
  st_xgmac: { kind: 'link', by: 'stmmac_xdp_set_prog releases and opens the device' },
};

/** Null where none is known. */
export const interruptionOf = (driver: string): Interruption | null => interruptions[driver] ?? null;

const notes: Readonly<Record<string, string>> = {
  // drivers/net/virtio_net.c, virtnet_xdp_set: a ring per CPU where there are enough, else one that all share.
  virtio_net:
    'switches receive offloads off while a program is attached; answers of synproxy are fastest with two queues per CPU',
  // drivers/net/veth.c: veth_xdp_set; XDP then sees what the other end sends.
  veth: 'is no card: XDP sees what the other end of the pair sends',
  // drivers/net/tun.c: tun_xdp_set; tap and tun devices.
  tun: 'is no card: XDP sees what the process behind it sends',
};

/** What a person should know of a driver; null for most. */
export const driverNote = (driver: string): string | null => notes[driver] ?? null;
