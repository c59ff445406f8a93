// SPDX-License-Identifier: GPL-2.0-or-later
// Checks the manifests in a folder: against the Kubernetes API (its schemas, and its types, which know of
// every key that there is), the device plugin's configuration against what that plugin reads, all of them
// against each other, and what the daemon serves by the example's configuration against what the plugin
// looks for. Then makes mistakes in them and sees that they are found.
import { spawn } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import Ajv from "ajv";
import ts from "typescript";
import { parse, parseAllDocuments } from "yaml";

const require = createRequire(import.meta.url);
const folder = process.argv[2];
const files = ["vfiod.yaml", "device-plugin.yaml", "pod.yaml"];

// The configuration of squat/generic-device-plugin 0.2.0: its README, and path.go.
const pluginSchema = {
	type: "object",
	required: ["name", "groups"],
	additionalProperties: false,
	properties: {
		name: { type: "string", pattern: "^[a-z0-9][-a-z0-9]*[a-z0-9]$" },
		groups: {
			type: "array",
			minItems: 1,
			items: {
				type: "object",
				required: ["paths"],
				additionalProperties: false,
				properties: {
					count: { type: "integer", minimum: 1 },
					paths: {
						type: "array",
						minItems: 1,
						items: {
							type: "object",
							required: ["path"],
							additionalProperties: false,
							properties: {
								path: { type: "string", pattern: "^/" },
								mountPath: { type: "string", pattern: "^/" },
								permissions: { enum: ["r", "rw", "mrw"] },
								type: { enum: ["Device", "Mount"] },
								readOnly: { type: "boolean" },
								limit: { type: "integer", minimum: 1 },
							},
						},
					},
				},
			},
		},
	},
};
const isPluginConfig = new Ajv().compile(pluginSchema);

// Each object of a set of files, and what is wrong with the text.
function read(texts) {
	const objects = [];
	const errors = [];

	for (const [name, text] of Object.entries(texts))
		for (const document of parseAllDocuments(text, { strict: true, uniqueKeys: true })) {
			errors.push(...document.errors.map((error) => `${name}: ${error.message}`));
			if (!document.errors.length)
				objects.push({ name, value: document.toJS() });
		}
	return { objects, errors };
}

function moduleOf({ apiVersion, kind }) {
	return `kubernetes-models/${apiVersion}/${kind}`;
}

// By the API's JSON schemas.
function schemaErrors({ name, value }) {
	try {
		const Model = require(moduleOf(value))[value.kind];

		new Model(value).validate();
		return [];
	} catch (error) {
		return [`${name}: ${value.kind}: ${error.message}`];
	}
}

// By the API's types: a literal may have no key that its type hasn't. One run for all sets of files.
function typeErrors(sets) {
	const sources = new Map();
	const here = path.dirname(new URL(import.meta.url).pathname);

	sets.forEach(({ objects }, set) =>
		objects.forEach(({ value }, index) => {
			const type = `import("${moduleOf(value)}").I${value.kind}`;
			const text = `export const object: ${type} = ${JSON.stringify(value, null, 1)};\n`;

			sources.set(path.join(here, `set${set}-${index}.ts`), text);
		}),
	);
	const options = {
		strict: true,
		noEmit: true,
		skipLibCheck: true,
		types: [],
		module: ts.ModuleKind.Node16,
		moduleResolution: ts.ModuleResolutionKind.Node16,
		target: ts.ScriptTarget.ES2022,
	};
	const host = ts.createCompilerHost(options);
	const { fileExists, readFile } = host;

	host.fileExists = (file) => sources.has(file) || fileExists(file);
	host.readFile = (file) => sources.get(file) ?? readFile(file);
	const program = ts.createProgram([...sources.keys()], options, host);

	return sets.map(({ objects }, set) =>
		objects.flatMap(({ name, value }, index) =>
			ts
				.getPreEmitDiagnostics(
					program,
					program.getSourceFile(path.join(here, `set${set}-${index}.ts`)),
				)
				.map((found) => ts.flattenDiagnosticMessageText(found.messageText, "\n  "))
				.map((message) => `${name}: ${value.kind}: ${message}`),
		),
	);
}

const podsOf = (objects) =>
	objects
		.map(({ value }) => (value.kind === "Pod" ? value : value.spec?.template))
		.filter((template) => template?.spec?.containers);

const containersOf = (objects) => podsOf(objects).flatMap((pod) => pod.spec.containers);

// What the plugin is told to hand out: name of the resource and its configuration.
function handedOut(objects) {
	return containersOf(objects)
		.filter(({ image }) => image?.startsWith("squat/generic-device-plugin"))
		.flatMap(({ args }) => {
			const domain = args.find((arg) => arg.startsWith("--domain="))?.slice(9);

			return args
				.filter((_, index) => args[index - 1] === "--device")
				.map((text) => ({ config: parse(text), domain }));
		});
}

// What no schema knows.
function relationErrors({ objects }) {
	const errors = [];
	const resources = new Set();

	for (const { value } of objects.filter(({ value }) => value.spec?.selector)) {
		const labels = value.spec.template?.metadata?.labels ?? {};

		for (const [key, wanted] of Object.entries(value.spec.selector.matchLabels ?? {}))
			if (labels[key] !== wanted)
				errors.push(`${value.metadata.name}: its selector does not find its pods`);
	}
	for (const { config, domain } of handedOut(objects)) {
		if (!isPluginConfig(config))
			errors.push(
				...isPluginConfig.errors.map((error) => `--device: ${error.instancePath} ${error.message}`),
			);
		resources.add(`${domain}/${config?.name}`);
	}
	if (!resources.size)
		errors.push("nothing is handed out");
	for (const { spec } of podsOf(objects)) {
		const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, volume]));

		for (const container of spec.containers) {
			for (const mount of container.volumeMounts ?? [])
				if (!volumes.has(mount.name))
					errors.push(`${container.name}: there is no volume ${mount.name}`);
			for (const resource of Object.keys(container.resources?.limits ?? {}))
				if (resource.includes("/") && !resources.has(resource))
					errors.push(`${container.name}: nobody hands out ${resource}`);
		}
		for (const { configMap } of volumes.values())
			if (
				configMap &&
				!objects.some(({ value }) => value.kind === "ConfigMap" && value.metadata.name === configMap.name)
			)
				errors.push(`there is no ConfigMap ${configMap.name}`);
	}
	return errors;
}

// Everything that needs no daemon, for several sets of files.
function check(sets) {
	const parsed = sets.map(read);
	const types = typeErrors(parsed);

	return parsed.map((set, index) => [
		...set.errors,
		...set.objects.flatMap(schemaErrors),
		...types[index],
		...relationErrors(set),
	]);
}

// Resolves to the daemon once it is ready.
function start(vfiod, config) {
	return new Promise((resolve, reject) => {
		const daemon = spawn(vfiod, ["--carrier=fuse", `--config=${config}`]);
		let log = "";

		daemon.stderr.on("data", (data) => {
			log += data;
			if (log.includes("ready:"))
				resolve(daemon);
		});
		daemon.on("error", reject);
		daemon.on("exit", (code) => reject(new Error(`vfiod ended with ${code}: ${log}`)));
	});
}

// The daemon with the example's configuration, over files instead of character devices.
async function servedErrors(texts, vfiod) {
	const { objects } = read(texts);
	const conf = objects.find(({ value }) => value.kind === "ConfigMap").value.data["vfiod.conf"];
	const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "vfiod-example-")), "vfiod.conf");
	const nodes = process.getuid() === 0 ? "/run/vfiod/" : `${process.env.XDG_RUNTIME_DIR}/vfiod/`;
	const errors = [];
	let daemon;

	fs.writeFileSync(file, conf);
	try {
		daemon = await start(vfiod, file);
		for (const { config } of handedOut(objects))
			for (const { path: wanted, limit } of config.groups.flatMap(({ paths }) => paths)) {
				const pattern = path.basename(wanted).replaceAll("*", ".*");
				const names = fs.readdirSync(nodes + path.dirname(wanted).slice("/dev/".length));
				const found = names.filter((name) => new RegExp(`^${pattern}$`).test(name)).length;

				if (!found)
					errors.push(`vfiod serves no ${wanted}`);
				if (limit && limit !== conf.match(/^model/gm).length)
					errors.push(`${wanted}: limit ${limit} is not the number of devices`);
			}
	} catch (error) {
		errors.push(error.message);
	} finally {
		fs.rmSync(path.dirname(file), { recursive: true });
	}
	if (daemon) {
		const ended = new Promise((resolve) => daemon.on("exit", resolve));

		daemon.kill();
		await ended;
	}
	return errors;
}

const texts = Object.fromEntries(
	files.map((name) => [name, fs.readFileSync(path.join(folder, name), "utf8")]),
);

// One in each way of being wrong: file, what is there, and what is there instead.
const mistakes = [
	["vfiod.yaml", "hostPID: true", "hostPid: true"],
	["vfiod.yaml", "privileged: true", 'privileged: "yes"'],
	["vfiod.yaml", "kind: DaemonSet", "kind: Daemonset"],
	["vfiod.yaml", "  selector:\n", "  selectors:\n"],
	["vfiod.yaml", "            name: vfiod\n", "            name: vfiod-conf\n"],
	["device-plugin.yaml", "      labels:\n", "      labels:\n        more: x\n      labels:\n"],
	["device-plugin.yaml", "mountPath: /dev/iommu", "mountpath: /dev/iommu"],
	["device-plugin.yaml", "name: vgpu\n", "name: gpu\n"],
	["device-plugin.yaml", "        - name: dev\n          hostPath", "        - name: devs\n          hostPath"],
	["pod.yaml", 'vfiod.example/vgpu: "1"', "vfiod.example/vgpu: [1]"],
	["pod.yaml", "restartPolicy: Never", "restartPolicy: Sometimes"],
];
const wrong = mistakes.map(([name, from, to]) => {
	if (!texts[name].includes(from))
		throw new Error(`${name} has no '${from}'`);
	return { ...texts, [name]: texts[name].replace(from, () => to) };
});

const [errors, ...found] = check([texts, ...wrong]);
let failed = 0;

if (process.env.VFIOD)
	errors.push(...(await servedErrors(texts, process.env.VFIOD)));
if (errors.length) {
	console.error(errors.join("\n"));
	failed++;
}
mistakes.forEach(([name, , to], index) => {
	if (process.env.VERBOSE)
		console.log(`${name}: '${to.trim()}': ${found[index][0]}`);
	if (!found[index].length) {
		console.error(`${name}: nobody minds '${to}'`);
		failed++;
	}
});
console.log(`examples: ${mistakes.length + 1 - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
