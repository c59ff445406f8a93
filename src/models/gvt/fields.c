/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the bits of registers mean, for people who read them (vfioctl regs). Behaviour is not decided
 * here. Names and places are those of Intel PRM SKL Vol 2c and of i915's i915_reg.h.
 */
#include "models/gvt/registers.h"

#include <string.h>

#define WORDS(...)                                                                                 \
	.meanings = (const char *const[]){__VA_ARGS__},                                            \
	.num_meanings = sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)
#define BIT(n, label)                                                                              \
	{                                                                                          \
		.name = (label), .low = (n), .high = (n)                                           \
	}
#define BITS(from, to, label, ...)                                                                 \
	{                                                                                          \
		.name = (label), .low = (to), .high = (from), ##__VA_ARGS__                        \
	}
#define END                                                                                        \
	{                                                                                          \
		.name = NULL                                                                       \
	}

typedef const struct vfiod_field field_list[];

/* Display ------------------------------------------------------------------------------------------- */

static field_list trans_conf = {BIT(31, "ENABLE"), BIT(30, "STATE"),
			    BITS(22, 21, "INTERLACE", WORDS("PF-PD", "PF-ID", NULL, "IF-ID")), END};

static field_list ddi_func_ctl = {
	BIT(31, "ENABLE"),
	BITS(30, 28, "PORT", WORDS("none", "B", "C", "D", "E")),
	BITS(26, 24, "MODE", WORDS("HDMI", "DVI", "DP SST", "DP MST", "FDI")),
	BITS(22, 20, "BPC", WORDS("8", "10", "6", "12")),
	BIT(17, "VSYNC_POSITIVE"),
	BIT(16, "HSYNC_POSITIVE"),
	BITS(14, 12, "EDP_INPUT", WORDS("A", NULL, NULL, NULL, "A", "B", "C")),
	BITS(3, 1, "LANES", WORDS("1", "2", NULL, "4")),
	END,
};

static field_list horizontal_total = {BITS(28, 16, "TOTAL-1"), BITS(12, 0, "ACTIVE-1"), END};
static field_list vertical_total = {BITS(28, 16, "TOTAL-1"), BITS(11, 0, "ACTIVE-1"), END};
static field_list start_end = {BITS(28, 16, "END-1"), BITS(12, 0, "START-1"), END};
static field_list source_size = {BITS(28, 16, "WIDTH-1"), BITS(11, 0, "HEIGHT-1"), END};
static field_list data_m = {BITS(30, 25, "TU_SIZE-1"), BITS(23, 0, "M"), END};
static field_list scanline = {BIT(31, "FIELD"), BITS(12, 0, "LINE"), END};

static field_list ddi_buf_ctl = {BIT(31, "ENABLE"), BITS(27, 24, "LEVEL"), BIT(16, "REVERSAL"),
			     BIT(7, "IDLE"),
			     BITS(3, 1, "LANES", WORDS("1", "2", NULL, "4")),
			     BIT(0, "DETECTED"), END};

static field_list dp_tp_ctl = {
	BIT(31, "ENABLE"),
	BITS(27, 27, "MODE", WORDS("SST", "MST")),
	BIT(18, "ENHANCED_FRAMING"),
	BITS(10, 8, "TRAINING", WORDS("pattern 1", "pattern 2", "idle", "normal", "pattern 3")),
	BIT(7, "SCRAMBLE_OFF"),
	END,
};
static field_list dp_tp_status = {BIT(26, "MIN_IDLES_SENT"), BIT(25, "IDLE_DONE"), BIT(24, "ACT_SENT"),
			      BIT(23, "MST"), END};

static field_list plane_ctl = {
	BIT(31, "ENABLE"),
	BIT(30, "PIPE_GAMMA"),
	BITS(27, 24, "FORMAT",
	     WORDS("YUV 422", "NV12", "XRGB 2:10:10:10", NULL, "XRGB 8:8:8:8", NULL,
		   "XRGB 16:16:16:16F", NULL, "AYUV", NULL, NULL, NULL, "indexed", NULL,
		   "RGB 5:6:5")),
	BITS(22, 21, "COLOR_KEY", WORDS("off", "source", "destination")),
	BITS(20, 20, "RGB_ORDER", WORDS("BGRX", "RGBX")),
	BITS(17, 16, "YUV_ORDER", WORDS("YUYV", "UYVY", "YVYU", "VYUY")),
	BIT(15, "DECOMPRESS"),
	BIT(13, "GAMMA_OFF"),
	BITS(12, 10, "TILING", WORDS("linear", "X", NULL, NULL, "Y", "Yf")),
	BIT(9, "ASYNC_FLIP"),
	BITS(5, 4, "ALPHA", WORDS("off", NULL, "premultiplied", "hardware")),
	BITS(1, 0, "ROTATION", WORDS("0", "90", "180", "270")),
	END,
};
static field_list plane_stride = {BITS(9, 0, "STRIDE"), END};
static field_list plane_position = {BITS(28, 16, "Y"), BITS(12, 0, "X"), END};
static field_list plane_size = {BITS(27, 16, "HEIGHT-1"), BITS(12, 0, "WIDTH-1"), END};
static field_list surface = {BITS(31, 12, "PAGE"), BIT(3, "RING_FLIP_SOURCE"), END};
static field_list buffer = {BITS(25, 16, "END"), BITS(9, 0, "START"), END};
static const char *const cursor_modes[] = {
	[0x00] = "off",
	[0x02] = "128x128 AND/INVERT",
	[0x03] = "256x256 AND/INVERT",
	[0x07] = "64x64 AND/INVERT",
	[0x22] = "128x128 ARGB",
	[0x23] = "256x256 ARGB",
	[0x27] = "64x64 ARGB",
};
static field_list cursor_ctl = {
	BIT(26, "GAMMA"),
	BIT(24, "CSC"),
	BIT(15, "ROTATE_180"),
	BITS(5, 0, "MODE", .meanings = cursor_modes,
	     .num_meanings = sizeof(cursor_modes) / sizeof(*cursor_modes)),
	END,
};
static field_list cursor_position = {BIT(31, "Y_NEGATIVE"), BITS(27, 16, "Y"), BIT(15, "X_NEGATIVE"),
				 BITS(12, 0, "X"), END};
static field_list scaler_ctl = {
	BIT(31, "ENABLE"),
	BITS(29, 28, "MODE", WORDS("dynamic", "HQ", "NV12")),
	BITS(27, 25, "BINDING", WORDS("pipe", "plane 1", "plane 2", "plane 3", "plane 4")),
	END,
};
static field_list xy = {BITS(28, 16, "X"), BITS(11, 0, "Y"), END};
static field_list vga_control = {BIT(31, "DISABLE"), BITS(29, 29, "PIPE", WORDS("A", "B")), END};

/* Clocks and power ---------------------------------------------------------------------------------- */

static field_list pll = {BIT(31, "ENABLE"), BIT(30, "LOCK"), END};
#define LINK_RATES WORDS("2700", "1350", "810", "1620", "1080", "2160")
static field_list dpll_ctrl1 = {
	BIT(23, "DPLL3_HDMI"),  BIT(22, "DPLL3_SSC"),
	BITS(21, 19, "DPLL3_MHZ", LINK_RATES), BIT(18, "DPLL3_OVERRIDE"),
	BIT(17, "DPLL2_HDMI"),  BIT(16, "DPLL2_SSC"),
	BITS(15, 13, "DPLL2_MHZ", LINK_RATES), BIT(12, "DPLL2_OVERRIDE"),
	BIT(11, "DPLL1_HDMI"),  BIT(10, "DPLL1_SSC"),
	BITS(9, 7, "DPLL1_MHZ", LINK_RATES),   BIT(6, "DPLL1_OVERRIDE"),
	BIT(5, "DPLL0_HDMI"),   BIT(4, "DPLL0_SSC"),
	BITS(3, 1, "DPLL0_MHZ", LINK_RATES),   BIT(0, "DPLL0_OVERRIDE"),
	END,
};
static field_list dpll_ctrl2 = {
	BIT(19, "E_OFF"), BIT(18, "D_OFF"), BIT(17, "C_OFF"), BIT(16, "B_OFF"), BIT(15, "A_OFF"),
	BITS(14, 13, "E_DPLL"), BIT(12, "E_OVERRIDE"),
	BITS(11, 10, "D_DPLL"), BIT(9, "D_OVERRIDE"),
	BITS(8, 7, "C_DPLL"), BIT(6, "C_OVERRIDE"),
	BITS(5, 4, "B_DPLL"), BIT(3, "B_OVERRIDE"),
	BITS(2, 1, "A_DPLL"), BIT(0, "A_OVERRIDE"),
	END,
};
static field_list dpll_status = {BIT(24, "DPLL3_LOCK"), BIT(16, "DPLL2_LOCK"), BIT(8, "DPLL1_LOCK"),
			     BIT(0, "DPLL0_LOCK"), END};
static field_list cdclk_ctl = {
	BITS(27, 26, "FREQUENCY",
	     WORDS("450 or 432", "540", "337.5 or 308.57", "675 or 617.14")),
	BITS(10, 0, "DECIMAL"),
	END,
};
static field_list power_wells = {
	BIT(31, "WELL2_REQUEST"), BIT(30, "WELL2_STATE"), BIT(29, "WELL1_REQUEST"),
	BIT(28, "WELL1_STATE"),   BIT(9, "DDI_D_REQUEST"), BIT(8, "DDI_D_STATE"),
	BIT(7, "DDI_C_REQUEST"),  BIT(6, "DDI_C_STATE"),   BIT(5, "DDI_B_REQUEST"),
	BIT(4, "DDI_B_STATE"),    BIT(3, "DDI_AE_REQUEST"), BIT(2, "DDI_AE_STATE"),
	BIT(1, "MISC_IO_REQUEST"), BIT(0, "MISC_IO_STATE"), END,
};
static field_list dbuf_ctl = {BIT(31, "REQUEST"), BIT(30, "STATE"), END};
static field_list fuse_status = {BIT(31, "DOWNLOADED"), BIT(27, "PG0"), BIT(26, "PG1"), BIT(25, "PG2"),
			     END};
static field_list forcewake = {BITS(31, 16, "MASK"), BIT(0, "KERNEL"), END};
static field_list forcewake_ack = {BIT(0, "KERNEL"), END};
static field_list mailbox = {
	BIT(31, "BUSY"),
	BITS(15, 8, "PARAMETER"),
	BITS(7, 0, "COMMAND_OR_ERROR",
	     WORDS("success", "illegal command", "timeout", "illegal data")),
	END,
};

/* Interrupts ---------------------------------------------------------------------------------------- */

static field_list master = {
	BIT(31, "ENABLE"), BIT(30, "PCU"), BIT(23, "PCH"), BIT(22, "DE_MISC"), BIT(20, "DE_PORT"),
	BIT(18, "PIPE_C"), BIT(17, "PIPE_B"), BIT(16, "PIPE_A"), BIT(6, "VECS"), BIT(4, "PM"),
	BIT(3, "VCS1"), BIT(2, "VCS0"), BIT(1, "BCS"), BIT(0, "RCS"), END,
};
static field_list pipe_events = {
	BIT(31, "FIFO_UNDERRUN"), BIT(11, "CURSOR_FAULT"), BIT(10, "PLANE4_FAULT"),
	BIT(9, "PLANE3_FAULT"), BIT(8, "PLANE2_FAULT"),
	BIT(7, "PLANE1_FAULT"), BIT(6, "PLANE4_FLIP"), BIT(5, "PLANE3_FLIP"),
	BIT(4, "PLANE2_FLIP"), BIT(3, "PLANE1_FLIP"), BIT(2, "SCANLINE"), BIT(1, "VSYNC"),
	BIT(0, "VBLANK"), END,
};
static field_list port_events = {BIT(27, "AUX_D"), BIT(26, "AUX_C"), BIT(25, "AUX_B"),
			     BIT(3, "DDI_A_HOTPLUG"), BIT(0, "AUX_A"), END};
static field_list misc_events = {BIT(27, "GSE"), BIT(19, "PSR"), END};
static field_list pcu_events = {BIT(25, "MAILBOX"), BIT(24, "THERMAL"), END};
static field_list south_events = {BIT(25, "PORT_E"), BIT(24, "PORT_A"), BIT(23, "PORT_D"),
			      BIT(22, "PORT_C"), BIT(21, "PORT_B"), BIT(17, "GMBUS"), END};

/* South display, AUX, GMBUS ------------------------------------------------------------------------- */

#define PULSE WORDS("none", "short", "long", "both")
static field_list hotplug_ctl = {
	BIT(28, "A_ENABLE"), BITS(25, 24, "A_PULSE", PULSE),
	BIT(20, "D_ENABLE"), BITS(17, 16, "D_PULSE", PULSE),
	BIT(12, "C_ENABLE"), BITS(9, 8, "C_PULSE", PULSE),
	BIT(4, "B_ENABLE"),  BITS(1, 0, "B_PULSE", PULSE), END,
};
static field_list hotplug_ctl2 = {BIT(4, "E_ENABLE"), BITS(1, 0, "E_PULSE", PULSE), END};
static field_list sfuse_strap = {BIT(7, "DISPLAY_OFF"), BIT(6, "CRT_OFF"), BIT(2, "PORT_B"),
			     BIT(1, "PORT_C"), BIT(0, "PORT_D"), END};
static field_list pp_status = {
	BIT(31, "ON"),
	BITS(29, 28, "SEQUENCE", WORDS("none", "power up", "power down")),
	BIT(27, "CYCLE_DELAY"),
	BITS(3, 0, "STATE"),
	END,
};
static field_list pp_control = {BIT(3, "VDD_OVERRIDE"), BIT(2, "BACKLIGHT"), BIT(1, "POWER_DOWN_ON_RESET"),
			    BIT(0, "POWER_ON"), END};
static field_list aux_ctl = {
	BIT(31, "BUSY"),
	BIT(30, "DONE"),
	BIT(29, "INTERRUPT"),
	BIT(28, "TIMEOUT_ERROR"),
	BITS(27, 26, "TIMEOUT", WORDS("400 us", "600 us", "800 us", "1600 us")),
	BIT(25, "RECEIVE_ERROR"),
	BITS(24, 20, "SIZE"),
	BITS(9, 5, "FAST_WAKE_SYNC-1"),
	BITS(4, 0, "SYNC-1"),
	END,
};
static field_list gmbus0 = {
	BITS(10, 8, "RATE", WORDS("100 kHz", "50 kHz", "400 kHz", "1 MHz")),
	BITS(2, 0, "PIN", WORDS("off", NULL, "E", NULL, "C", "B", "D")),
	END,
};
static field_list gmbus1 = {
	BIT(31, "CLEAR_INTERRUPT"),
	BIT(30, "SOFTWARE_READY"),
	BIT(29, "ENABLE_TIMEOUT"),
	BITS(27, 25, "CYCLE",
	     WORDS("none", "wait", "index", "index, wait", "stop", "wait, stop", "index, stop",
		   "index, wait, stop")),
	BITS(24, 16, "COUNT"),
	BITS(15, 8, "INDEX"),
	BITS(7, 1, "ADDRESS"),
	BITS(0, 0, "DIRECTION", WORDS("write", "read")),
	END,
};
static field_list gmbus2 = {BIT(15, "IN_USE"), BIT(14, "WAIT"), BIT(13, "TIMEOUT"),
			BIT(12, "INTERRUPT"), BIT(11, "HARDWARE_READY"), BIT(10, "NAK"),
			BIT(9, "ACTIVE"), BITS(8, 0, "COUNT"), END};
static field_list sbi_ctl_stat = {
	BITS(16, 16, "DESTINATION", WORDS("ICLK", "MPHY")),
	BITS(15, 8, "OPCODE"),
	BITS(2, 1, "RESPONSE", WORDS("success", "fail")),
	BIT(0, "BUSY"),
	END,
};

/* Engines and the GT -------------------------------------------------------------------------------- */

static field_list ring_tail = {BITS(20, 3, "QWORD"), END};
static field_list ring_head = {BITS(31, 21, "WRAPS"), BITS(20, 2, "DWORD"), END};
static field_list ring_ctl = {BITS(20, 12, "PAGES-1"), BIT(11, "WAIT"), BIT(0, "ENABLE"), END};
static field_list mi_mode = {BIT(9, "IDLE"), BIT(8, "STOP"), END};
static field_list gfx_mode = {BIT(15, "EXECLISTS"), BIT(13, "TLB_EXPLICIT"), BIT(9, "PPGTT"),
			  BIT(7, "PPGTT_48_BITS"), END};
static field_list reset_ctl = {BIT(1, "READY"), BIT(0, "REQUEST"), END};
/* Two engines in a group: RCS and BCS in 0, VCS0 and VCS1 in 1, VECS alone in 3. */
static field_list engine_events = {
	BIT(24, "SECOND_CONTEXT_SWITCH"), BIT(20, "SECOND_FLUSH"), BIT(16, "SECOND_USER"),
	BIT(8, "CONTEXT_SWITCH"), BIT(4, "FLUSH"), BIT(3, "ERROR"), BIT(0, "USER"), END,
};
static field_list power_events = {
	BIT(6, "DOWN_TIMEOUT"), BIT(5, "UP_THRESHOLD"), BIT(4, "DOWN_THRESHOLD"),
	BIT(2, "UP_EI"), BIT(1, "DOWN_EI"), END,
};
static field_list execlist_status = {
	BIT(18, "ACTIVE_0"), BIT(17, "ACTIVE_1"), BIT(4, "VALID_0"), BIT(3, "VALID_1"),
	BIT(2, "QUEUE_FULL"), BIT(1, "WRITE_POINTER"), BIT(0, "CURRENT_POINTER"), END,
};
static field_list context_status = {
	BIT(15, "LITE_RESTORE"), BIT(4, "COMPLETE"), BIT(3, "ACTIVE_TO_IDLE"),
	BIT(2, "ELEMENT_SWITCH"), BIT(1, "PREEMPTED"), BIT(0, "IDLE_TO_ACTIVE"), END,
};
static field_list csb_pointer = {BITS(10, 8, "READ"), BITS(2, 0, "WRITE"), END};
static field_list ring_fault = {
	BITS(14, 12, "ENGINE", WORDS("RCS", "VCS0", "VCS1", "VECS", "BCS")),
	BIT(11, "GGTT"),
	BITS(10, 3, "SOURCE"),
	BITS(2, 1, "TYPE"),
	BIT(0, "VALID"),
	END,
};
static field_list gdrst = {BIT(5, "GUC"), BIT(4, "VECS"), BIT(3, "BCS"), BIT(2, "VCS0"), BIT(1, "RCS"),
		       BIT(0, "FULL"), END};
static field_list guc_status = {BITS(31, 30, "AUTHENTICATION"), BITS(18, 16, "MIA_CORE"),
			    BITS(15, 8, "UKERNEL"), BITS(7, 1, "BOOTROM"), BIT(0, "MIA_RESET"), END};
static field_list fence_low = {BITS(31, 12, "FIRST_PAGE"), BITS(1, 1, "TILING", WORDS("X", "Y")),
			   BIT(0, "VALID"), END};
static field_list fence_high = {BITS(31, 12, "LAST_PAGE"), BITS(11, 0, "PITCH/128-1"), END};
static field_list pvinfo_version = {BITS(31, 16, "MINOR"), BITS(15, 0, "MAJOR"), END};
static field_list pvinfo_caps = {BIT(4, "HUGE_GTT"), BIT(3, "HWSP_EMULATION"), BIT(2, "FULL_PPGTT"), END};

/* By the names of rows in the tables of registers, or by that of one register, which then goes first. */
static const struct {
	const char *row;
	const struct vfiod_field *fields;
} rows[] = {
	{"TRANS_CONF_*", trans_conf},
	{"TRANS_CONF_EDP", trans_conf},
	{"TRANS_DDI_FUNC_CTL_*", ddi_func_ctl},
	{"TRANS_DDI_FUNC_CTL_EDP", ddi_func_ctl},
	{"TRANS_HTOTAL_*", horizontal_total},
	{"TRANS_HTOTAL_EDP", horizontal_total},
	{"TRANS_VTOTAL_*", vertical_total},
	{"TRANS_VTOTAL_EDP", vertical_total},
	{"TRANS_HBLANK_*", start_end},
	{"TRANS_HBLANK_EDP", start_end},
	{"TRANS_VBLANK_*", start_end},
	{"TRANS_VBLANK_EDP", start_end},
	{"TRANS_HSYNC_*", start_end},
	{"TRANS_HSYNC_EDP", start_end},
	{"TRANS_VSYNC_*", start_end},
	{"TRANS_VSYNC_EDP", start_end},
	{"TRANS_DATAM1_*", data_m},
	{"TRANS_DATAM1_EDP", data_m},
	{"PIPE_SRCSZ_*", source_size},
	{"PIPE_SCANLINE_*", scanline},
	{"DDI_BUF_CTL_*", ddi_buf_ctl},
	{"DP_TP_CTL_*", dp_tp_ctl},
	{"DP_TP_STATUS_*", dp_tp_status},
	{"PLANE_CTL_1_*", plane_ctl},
	{"PLANE_CTL_2_*", plane_ctl},
	{"PLANE_CTL_3_*", plane_ctl},
	{"PLANE_STRIDE_1_*", plane_stride},
	{"PLANE_STRIDE_2_*", plane_stride},
	{"PLANE_STRIDE_3_*", plane_stride},
	{"PLANE_POS_1_*", plane_position},
	{"PLANE_POS_2_*", plane_position},
	{"PLANE_POS_3_*", plane_position},
	{"PLANE_SIZE_1_*", plane_size},
	{"PLANE_SIZE_2_*", plane_size},
	{"PLANE_SIZE_3_*", plane_size},
	{"PLANE_SURF_1_*", surface},
	{"PLANE_SURF_2_*", surface},
	{"PLANE_SURF_3_*", surface},
	{"PLANE_OFFSET_1_*", plane_position},
	{"PLANE_OFFSET_2_*", plane_position},
	{"PLANE_OFFSET_3_*", plane_position},
	{"PLANE_BUF_CFG_1_*", buffer},
	{"PLANE_BUF_CFG_2_*", buffer},
	{"PLANE_BUF_CFG_3_*", buffer},
	{"CUR_CTL_*", cursor_ctl},
	{"CUR_POS_*", cursor_position},
	{"CUR_BUF_CFG_*", buffer},
	{"PS_CTRL_1_*", scaler_ctl},
	{"PS_CTRL_2_*", scaler_ctl},
	{"PS_WIN_POS_1_*", xy},
	{"PS_WIN_POS_2_*", xy},
	{"PS_WIN_SZ_1_*", xy},
	{"PS_WIN_SZ_2_*", xy},
	{"VGA_CONTROL", vga_control},
	{"LCPLL1_CTL", pll},
	{"LCPLL2_CTL", pll},
	{"WRPLL_CTL1", pll},
	{"WRPLL_CTL2", pll},
	{"DPLL_CTRL1", dpll_ctrl1},
	{"DPLL_CTRL2", dpll_ctrl2},
	{"DPLL_STATUS", dpll_status},
	{"CDCLK_CTL", cdclk_ctl},
	{"PWR_WELL_CTL1", power_wells},
	{"PWR_WELL_CTL2", power_wells},
	{"PWR_WELL_CTL3", power_wells},
	{"PWR_WELL_CTL4", power_wells},
	{"DBUF_CTL", dbuf_ctl},
	{"FUSE_STATUS", fuse_status},
	{"FORCEWAKE_GT", forcewake},
	{"FORCEWAKE_MEDIA", forcewake},
	{"FORCEWAKE_RENDER", forcewake},
	{"FORCEWAKE_ACK_GT", forcewake_ack},
	{"FORCEWAKE_ACK_MEDIA", forcewake_ack},
	{"FORCEWAKE_ACK_RENDER", forcewake_ack},
	{"GT_DRIVER_MAILBOX_INTERFACE", mailbox},
	{"MASTER_INT_CTL", master},
	{"GT2_ISR", power_events},
	{"GT2_IMR", power_events},
	{"GT2_IIR", power_events},
	{"GT2_IER", power_events},
	{"GT#_ISR", engine_events},
	{"GT#_IMR", engine_events},
	{"GT#_IIR", engine_events},
	{"GT#_IER", engine_events},
	{"DE_PIPE_*_ISR", pipe_events},
	{"DE_PIPE_*_IMR", pipe_events},
	{"DE_PIPE_*_IIR", pipe_events},
	{"DE_PIPE_*_IER", pipe_events},
	{"DE_PORT_ISR", port_events},
	{"DE_PORT_IMR", port_events},
	{"DE_PORT_IIR", port_events},
	{"DE_PORT_IER", port_events},
	{"DE_MISC_ISR", misc_events},
	{"DE_MISC_IMR", misc_events},
	{"DE_MISC_IIR", misc_events},
	{"DE_MISC_IER", misc_events},
	{"PCU_ISR", pcu_events},
	{"PCU_IMR", pcu_events},
	{"PCU_IIR", pcu_events},
	{"PCU_IER", pcu_events},
	{"SDE_ISR", south_events},
	{"SDE_IMR", south_events},
	{"SDE_IIR", south_events},
	{"SDE_IER", south_events},
	{"SHOTPLUG_CTL", hotplug_ctl},
	{"SHOTPLUG_CTL2", hotplug_ctl2},
	{"SFUSE_STRAP", sfuse_strap},
	{"PP_STATUS", pp_status},
	{"PP_CONTROL", pp_control},
	{"PCH_TRANS_CONF_*", trans_conf},
	{"DDI_AUX_CTL_*", aux_ctl},
	{"GMBUS0", gmbus0},
	{"GMBUS1", gmbus1},
	{"GMBUS2", gmbus2},
	{"SBI_CTL_STAT", sbi_ctl_stat},
	{"RING_BUFFER_TAIL", ring_tail},
	{"RING_BUFFER_HEAD", ring_head},
	{"RING_BUFFER_CTL", ring_ctl},
	{"MI_MODE", mi_mode},
	{"GFX_MODE", gfx_mode},
	{"RESET_CTL", reset_ctl},
	{"EXECLIST_STATUS_LDW", execlist_status},
	{"CONTEXT_STATUS_#_LDW", context_status},
	{"CONTEXT_STATUS_BUFFER_PTR", csb_pointer},
	{"RING_FAULT_RCS", ring_fault},
	{"RING_FAULT_VCS", ring_fault},
	{"RING_FAULT_BCS", ring_fault},
	{"RING_FAULT_VECS", ring_fault},
	{"GDRST", gdrst},
	{"GUC_STATUS", guc_status},
	{"FENCE_LSB_#", fence_low},
	{"FENCE_MSB_#", fence_high},
	{"PVINFO_VERSION", pvinfo_version},
	{"PVINFO_CAPS", pvinfo_caps},
};
#define ROWS (sizeof(rows) / sizeof(*rows))

const struct vfiod_field *
gvt_fields_of(const struct gvt_register *row, const char *name)
{
	for (unsigned i = 0; i < ROWS; i++)
		if (!strcmp(rows[i].row, row->name) || !strcmp(rows[i].row, name))
			return rows[i].fields;
	return NULL;
}

const char *
gvt_fields_row(unsigned index, const struct vfiod_field **fields)
{
	if (index >= ROWS)
		return NULL;
	*fields = rows[index].fields;
	return rows[index].row;
}
