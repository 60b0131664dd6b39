import { expect, test } from 'vitest';
import { debianPackages, decide } from './debian.mjs';

/** @param {string[]} names */
const packages = (...names) => debianPackages.filter(({ name }) => names.includes(name));

test('root with apt installs what is missing', () => {
  expect(decide(packages('clang', 'git'), { asRoot: true, apt: true })).toEqual({
    install: ['git', 'clang'],
  });
});

test('with nothing missing there is nothing to do for anybody', () => {
  expect(decide([], { asRoot: false, apt: false })).toEqual({ install: [] });
});

test('an ordinary user goes on without the kernel part and reads once what brings it', () => {
  expect(decide(packages('clang', 'libpcap-dev'), { asRoot: false, apt: true })).toEqual({
    note: 'set-up: going on without the kernel part; for all of it: sudo apt-get install clang libpcap-dev',
  });
});

test('an ordinary user without git is told in one line what to install', () => {
  expect(decide(packages('git'), { asRoot: false, apt: true })).toEqual({
    error: 'set-up: please install first: sudo apt-get install git',
  });
});

test('root without apt is told in one line what to install', () => {
  expect(decide(packages('nftables'), { asRoot: true, apt: false })).toEqual({
    error: 'set-up: please install first: apt-get install nftables',
  });
});
