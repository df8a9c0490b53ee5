/* Carries out a program on a packet. */
#ifndef APUS_BPF_RUN_H
#define APUS_BPF_RUN_H

/* Headers lie farther back, or less far, by a tag that went into the frame or out of it. */
static __always_inline void shift(struct apus_layout *layout, int by) {
	if (layout->network) layout->network += by;
	if (layout->transport) layout->transport += by;
	if (layout->source_option) layout->source_option += by;
	if (layout->target_option) layout->target_option += by;
}

static __always_inline int push_vlan(struct packet *packet, __u32 argument) {
	int lies_beside = packet->skb->vlan_present;
	if (bpf_skb_vlan_push(packet->skb, bpf_htons(argument >> 16), argument & 0xffff)) return -1;
	if (lies_beside) shift(&packet->layout, 4);
	return 0;
}

static __always_inline int pop_vlan(struct packet *packet) {
	/* The kernel takes the next tag out of the frame and lays it beside, if there is one. */
	if (!packet->skb->vlan_present) return 0;
	if (bpf_skb_vlan_pop(packet->skb)) return -1;
	if (packet->skb->vlan_present) shift(&packet->layout, -4);
	return 0;
}

/* Whether the meter has room for the packet. */
static __always_inline int meter_allows(__u32 number, __u32 bytes) {
	struct meter *meter = bpf_map_lookup_elem(&apus_meters, &number);
	if (!meter) return 1;
	__u64 now = bpf_ktime_get_ns();
	bpf_spin_lock(&meter->lock);
	apus_fill_meter(now, meter->rate, meter->burst, &meter->tokens, &meter->last);
	int allowed = apus_take_tokens(&meter->tokens, meter->burst, apus_meter_cost(number, bytes));
	bpf_spin_unlock(&meter->lock);
	return allowed;
}

enum { GO_ON = 0, END = 1 };

static long step(__u64 number, void *context) {
	struct packet *packet = context;
	struct apus_program *program = bpf_map_lookup_elem(&apus_programs, &packet->program);
	if (!program) return END;
	__u32 place = packet->place;
	if (place >= program->count || place >= APUS_ACTIONS_A_PROGRAM) {
		packet->program = program->next;
		packet->place = 0;
		return program->next ? GO_ON : END;
	}
	packet->place = place + 1;
	struct apus_action *action = &program->actions[place];
	int failed = 0;
	switch (action->kind) {
	case APUS_ACTION_OUTPUT:
		if (action->last) {
			packet->result = output_last(packet->skb, action->ports[0], action->ports[1]);
			return END;
		}
		for (int index = 0; index < APUS_PORTS_AN_ACTION; index++) {
			if (index >= action->argument) break;
			output_copy(packet->skb, action->ports[index]);
		}
		return GO_ON;
	case APUS_ACTION_PUSH_VLAN: failed = push_vlan(packet, action->argument); break;
	case APUS_ACTION_POP_VLAN: failed = pop_vlan(packet); break;
	case APUS_ACTION_SET: failed = set_field(packet, action); break;
	case APUS_ACTION_METER:
		if (meter_allows(action->argument, packet->skb->len)) return GO_ON;
		packet->result = drop(apus_meter_reason(action->argument));
		return END;
	case APUS_ACTION_UPCALL:
		packet->result = upcall(packet->skb, packet->port, packet->slot, action->argument);
		return END;
	case APUS_ACTION_DROP:
		packet->result = drop(action->argument);
		return END;
	default: failed = 1; break;
	}
	if (!failed) return GO_ON;
	packet->result = drop(DROP_FAILED);
	return END;
}

static __always_inline int run(struct packet *packet) {
	struct apus_program *program = bpf_map_lookup_elem(&apus_programs, &packet->program);
	if (!program) return drop(DROP_FAILED);
	/* What nearly every flow has. */
	if (program->count == 1 && program->actions[0].kind == APUS_ACTION_OUTPUT && program->actions[0].last)
		return output_last(packet->skb, program->actions[0].ports[0], program->actions[0].ports[1]);
	packet->result = TC_ACT_SHOT;
	bpf_loop(APUS_MOST_STEPS, step, packet, 0);
	return packet->result;
}

#endif
