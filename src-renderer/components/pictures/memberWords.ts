/**
 * Two words for a public key, to tell members apart when speaking ("amber heron"). 16 bits: good for recognising, far
 * too few for proving; proofs compare fingerprints.
 */
import { keyDigest } from './keyDigest.ts';

/** 256 each: one byte chooses one word. English in every language, so that two people always read the same words. */
export const FIRST_WORDS: readonly string[] = `
  able active agile airy alert alpine amber ample ancient arctic ardent artful autumn awake azure balmy
  beaming blazing blithe bold bonny brave breezy brief bright brisk bronze bubbly calm candid careful caring
  cheerful choice civic civil classic clean clear clever cloudy coastal cobalt cool copper coral cosmic cosy
  crimson crisp cubic curious curly dapper daring dawn deep dewy direct distant dusky eager early earnest easy
  ebony elder elegant emerald endless equal even exact expert fabled fair faithful famous fancy fast fearless
  fertile festive fine firm first fleet floral fluent flying fond formal frank free fresh frosty frugal
  gallant gentle genuine giant gifted gilded glad gleaming glossy golden good graceful grand grateful green
  handy happy hardy hazel hearty helpful honest hopeful humble icy ideal indigo ivory jade jolly joyful keen
  kind lasting lavender leafy lemon level light lilac lively local lofty loyal lucid lucky lunar magic major
  marble maroon mellow merry mighty mild mindful minty misty modern modest mossy musical mutual neat nimble
  noble northern oaken ocean olive open orange patient peaceful pearly plain playful polar polite primal prime
  proud prudent pure purple quick quiet radiant rapid rare ready regal rich robust rosy round royal ruby rural
  rustic sage sandy scarlet scenic serene sharp shiny shy silent silken silver simple sincere sleek smart
  smooth snowy snug social soft solar solid sonic southern spry stable starry steady sterling still sunny
  swift tawny tender tidy topaz tranquil trusty true turquoise valiant vast velvet vernal vital vivid warm
  wavy western whole wild willing windy winter wise witty woven young zesty
`
  .trim()
  .split(/\s+/);

export const SECOND_WORDS: readonly string[] = `
  acorn albatross alder almond anchor antelope apple apricot arrow aspen atlas badger bakery bamboo banjo
  barley basil basket bay beach beacon beaver beech bell berry birch bison blossom bluebell boat book boulder
  breeze brick bridge brook buffalo bugle butterfly cabin cactus camel canal candle canoe canyon cape castle
  cedar cello cherry chestnut cliff clock cloud clover coast cobra comet compass condor copse cottage cove
  crane crater creek cricket crocus crow crown crystal cypress dahlia daisy dolphin dove dragon drum dune
  eagle eel elk elm ember falcon fern ferry fiddle field finch fjord flame flute fog forest fountain fox frog
  galaxy garden garlic garnet gazelle geyser ginger glacier glade goose gorge granite grape grove gull hamlet
  harbor harp hawk heath hedge heron hill hive holly honey horizon horse ibis iceberg iguana inlet iris island
  ivy jackal jaguar jasmine jay juniper kayak kelp kettle kite kiwi koala ladder lagoon lake lamp lantern
  larch lark laurel leaf lemur library lichen lily lime linden lion llama lobster lotus lute lynx magnet
  magpie mango maple marigold marsh marten meadow melon mesa mill mint mirror moon moose moss mountain
  mulberry nectar nest newt nickel nutmeg oak oasis ocelot octopus orchard orchid osprey otter owl oyster palm
  panda panther papaya parrot path peach pebble pelican penguin pepper piano pier pine planet plaza plum pond
  poplar poppy prairie puffin quail quartz quill rabbit raft rain raven reed reef ridge river robin rocket
  rose saddle saffron sail salmon sequoia sparrow spruce star sunset swan thistle tiger tulip turtle valley
  violin walnut willow window wren zebra
`
  .trim()
  .split(/\s+/);

/** @param publicKey base64url text of the key, 43 characters */
export function memberWords(publicKey: string): string {
  const digest = keyDigest(publicKey);
  return `${FIRST_WORDS[digest[30] ?? 0]} ${SECOND_WORDS[digest[31] ?? 0]}`;
}
