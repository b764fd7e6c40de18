/*
 * One height of the protocol, exhaustively: section "One height" of docs/protocol.md, for four members of equal stake
 * of whom one is a liar. README.md beside this file says what is modelled and what is left out.
 *
 * Names are those of the protocol. N is a quorum of VOTE, C of COMMIT, S of SKIP; `high` is the view of highN, the
 * highest notarisation known; hn is the view that a SKIP names, hi the highest that an S names. -1 is none.
 */

#ifndef VIEWS
#define VIEWS 2
#endif
/* Who leads which view: the number of an honest member, or LIAR. */
#define LIAR 9
#ifndef LEADER_0
#define LEADER_0 0
#endif
#ifndef LEADER_1
#define LEADER_1 1
#endif
#ifndef LEADER_2
#define LEADER_2 2
#endif

/* More than two thirds of four is three. */
#ifdef QUORUM_OF_TWO
#define QUORUM 2
#else
#define QUORUM 3
#endif
#ifdef TWO_LIARS
#define LIARS 2
#else
#define LIARS 1
#endif
#define HONEST (4 - LIARS)

#define NONE -1
#define UNSAID -2

/* Two blocks can be proposed afresh in each view: 0 and 1 in view 0, 2 and 3 in view 1, and so on. */
#define BLOCKS (2 * VIEWS)
#define firstView(block) ((block) / 2)

#define bit(i) (1 << (i))
#define has(set, i) (((set) >> (i)) & 1)
#define size(set) (has(set, 0) + has(set, 1) + has(set, 2))
#define isOneAtMost(set) (((set) & ((set) - 1)) == 0)

/*
 * Everything that honest members have ever said, as bitmaps of who said it. These only grow, and whoever can use a
 * message may do so at any later time, again, or never: that is loss, delay, repetition and every order. Nothing is
 * kept of the liar: what its key can sign exists from the beginning.
 */
byte votes[VIEWS * BLOCKS];
byte commits[VIEWS * BLOCKS];
byte skips[VIEWS * (VIEWS + 1)];
#define of(v, block) ((v) * BLOCKS + (block))
#define naming(v, hn) ((v) * (VIEWS + 1) + (hn) + 1)

/* What can be put together from that: bitmaps of blocks, and of hi + 1. */
byte proposes[VIEWS];
byte notarised[VIEWS];
byte final[VIEWS];
byte skipped[VIEWS];
#define isQuorum(set) (size(set) + LIARS >= QUORUM)
#define N(v, block) has(notarised[v], block)
#define C(v, block) has(final[v], block)
#define S(v, hi) has(skipped[v], (hi) + 1)

/* What a member knows, and what of it is on its disk: the safety log. */
typedef Log {
  short currentView = NONE;
  short votedView = NONE;
  short skipView = NONE;
  short highView = NONE;
  short highBlock = NONE;
  short proposal[VIEWS] = NONE;
  short vote[VIEWS] = NONE;
  short commit[VIEWS] = NONE;
  short skipHn[VIEWS] = UNSAID
}
#define view memory.currentView
#define high memory.highView
#define leader (view == 0 -> LEADER_0 : (view == 1 -> LEADER_1 : LEADER_2))

/* The rules. Each can be taken away; what that does is in the table of README.md. */

/* Rule 1: one proposal per view. */
#ifdef NO_RULE_1
#define hasProposed false
#else
#define hasProposed (memory.proposal[view] != NONE)
#endif

/* Rule 2: one VOTE per view. */
#ifdef NO_RULE_2
#define hasVoted false
#else
#define hasVoted (memory.votedView >= view)
#endif

/* Rule 3: after SKIP(v) no VOTE and no COMMIT in any view up to v. */
#ifdef VOTE_AFTER_SKIP
#define mayVote true
#else
#define mayVote (memory.skipView < view)
#endif
#ifdef COMMIT_AFTER_SKIP
#define mayCommit(v) true
#else
#define mayCommit(v) (memory.skipView < (v))
#endif

/* Rule 4: a SKIP names the highest stamp. */
#ifdef FORGETTING_HN
#define hnOfSkip NONE
#else
#ifdef VIEW_0_IS_NONE
#define hnOfSkip (high == 0 -> NONE : high)
#else
#define hnOfSkip high
#endif
#endif

/* usable(S): whoever uses an S holds an N at least as high as what it names. */
#ifdef SKIP_WITHOUT_ITS_N
#define highestNamed (VIEWS - 1)
#else
#define highestNamed high
#endif
#define isSkipped(v) S(v, highestNamed)

/* justified(p): from view 1 on an S of the view before, with the N that it obliges to carry on. */
#if defined(IGNORING_HI) || defined(IGNORING_HI_IN_ACCEPTING)
#define mayBeFresh isSkipped(view - 1)
#else
#define mayBeFresh S(view - 1, NONE)
#endif
#ifdef N_OF_ANOTHER_BLOCK
#define isNotarised(u, block) (notarised[u] != 0)
#else
#define isNotarised(u, block) N(u, block)
#endif
/* onPropose has taken the N up before: this member knows it or a higher one. */
#define carries(u, block) (view > (u) && high >= (u) && isNotarised(u, block) && S(view - 1, u))
#define isJustified(block) ((firstView(block) == view && (view == 0 || mayBeFresh)) \
  || carries(0, block) || (VIEWS > 2 && carries(1, block)))
/* Which of the liar's two blocks is called even is all the same: it is the one that is voted for first. */
#define isFirstNamed(block) (has(block, 0) == 0 || votes[of(firstView(block), (block) - 1)] != 0)
#define isProposed(block) (leader == LIAR -> isFirstNamed(block) : has(proposes[view], block))

/* The same for an honest leader. */
#define mayCarryOn (view > 0 && high >= 0 && high < view && S(view - 1, high))
#ifdef IGNORING_HI
#define mayStartAfresh (view == 0 || isSkipped(view - 1))
#else
#define mayStartAfresh (view == 0 || (S(view - 1, NONE) && !(high >= 0 && high < view)))
#endif
/* An S names a notarisation, and none that could be carried on is known. */
#define mustGiveUp (view > 0 && highestNamed >= 0 && isSkipped(view - 1) && !(high >= 0 && high < view))
/* What is pending may have changed since. */
#define freshBlock (2 * view + has(proposes[view], 2 * view))

/* What must hold in every state. */
bool oneFinalBlock = true;
bool oneNotarisedBlockPerView = true;
bool nothingNotarisedAgainstC = true;
bool noHonestEvidence = true;
bool silentAfterSkip = true;
bool leaderGivesUpOnlyForAnN = true;

#ifdef REACH
/* Not promises: what has to be possible. The run must end with a trail to it. */
#if REACH == 1
#define reached (final[0] != 0)
#elif REACH == 2
#define reached (S(0, 0) && !S(0, NONE) && (final[1] & 3) != 0)
#elif REACH == 3
#define reached (S(0, NONE) && (final[1] & 12) != 0)
#elif REACH == 4
#define reached (final[0] != 0 && final[1] != 0)
#endif
#define ASSERT assert(!reached)
#else
#ifdef AGREEMENT_ONLY
#define ASSERT assert(oneFinalBlock)
#else
#define ASSERT \
  assert(oneFinalBlock); \
  assert(oneNotarisedBlockPerView); \
  assert(nothingNotarisedAgainstC); \
  assert(noHonestEvidence); \
  assert(silentAfterSkip); \
  assert(leaderGivesUpOnlyForAnN)
#endif
#endif

/* Counters, 0 between turns. */
byte x, y, i, j;
#define CLEAR x = 0; y = 0; i = 0; j = 0

#define isMine(set) has(set, me)

/* Pairs that are evidence against whoever signed both, and statements after a SKIP. */
inline checkAfterSkip(v) {
  for (i : 0 .. VIEWS - 1) {
    for (j : 0 .. VIEWS) {
      silentAfterSkip = silentAfterSkip && !(i >= v && isMine(skips[i * (VIEWS + 1) + j]))
    }
  }
}
inline checkVote(v, b) {
  checkAfterSkip(v);
  for (j : 0 .. BLOCKS - 1) {
    noHonestEvidence = noHonestEvidence && (j == b || !isMine(votes[of(v, j)]))
  }
}
inline checkCommit(v, b) {
  checkAfterSkip(v);
  for (j : 0 .. BLOCKS - 1) {
    noHonestEvidence = noHonestEvidence && (j == b || !isMine(commits[of(v, j)]))
  }
}
inline checkSkip(v, hn) {
  for (j : 0 .. VIEWS) {
    noHonestEvidence = noHonestEvidence && (j == hn + 1 || !isMine(skips[v * (VIEWS + 1) + j]))
  }
  for (i : 0 .. VIEWS - 1) {
    for (j : 0 .. BLOCKS - 1) {
      noHonestEvidence = noHonestEvidence && !(hn < i && i <= v && isMine(commits[of(i, j)]))
    }
  }
}

inline putTogether() {
  for (x : 0 .. VIEWS - 1) {
    for (j : 0 .. BLOCKS - 1) {
      notarised[x] = notarised[x] | (isQuorum(votes[of(x, j)]) -> bit(j) : 0);
      final[x] = final[x] | (isQuorum(commits[of(x, j)]) -> bit(j) : 0)
    }
    y = 0;
    for (j : 0 .. VIEWS) {
      y = y | skips[x * (VIEWS + 1) + j];
      skipped[x] = skipped[x] | (isQuorum(y) -> bit(j) : 0)
    }
  }
}

inline checkAll() {
  y = 0;
  for (x : 0 .. VIEWS - 1) {
    oneNotarisedBlockPerView = oneNotarisedBlockPerView && isOneAtMost(notarised[x]);
    noHonestEvidence = noHonestEvidence && isOneAtMost(proposes[x]);
    /* The theorem: a C leaves no other block to be notarised in a later view. */
    nothingNotarisedAgainstC = nothingNotarisedAgainstC && (y == 0 || (notarised[x] | y) == y);
    y = y | final[x]
  }
  oneFinalBlock = isOneAtMost(y);
}

/* Every statement of the memory that was not said yet, word for word: also after a restart. */
inline say() {
  for (x : 0 .. VIEWS - 1) {
    if
    :: memory.proposal[x] != NONE && !has(proposes[x], memory.proposal[x]) ->
      printf("member %d says PROPOSE of block %d in view %d\n", me, memory.proposal[x], x);
      proposes[x] = proposes[x] | bit(memory.proposal[x])
    :: else
    fi;
    if
    :: memory.vote[x] != NONE && !isMine(votes[of(x, memory.vote[x])]) ->
      printf("member %d says VOTE for block %d in view %d\n", me, memory.vote[x], x);
      checkVote(x, memory.vote[x]);
      votes[of(x, memory.vote[x])] = votes[of(x, memory.vote[x])] | bit(me)
    :: else
    fi;
    if
    :: memory.commit[x] != NONE && !isMine(commits[of(x, memory.commit[x])]) ->
      printf("member %d says COMMIT for block %d in view %d\n", me, memory.commit[x], x);
      checkCommit(x, memory.commit[x]);
      commits[of(x, memory.commit[x])] = commits[of(x, memory.commit[x])] | bit(me)
    :: else
    fi;
    if
    :: memory.skipHn[x] != UNSAID && !isMine(skips[naming(x, memory.skipHn[x])]) ->
      printf("member %d says SKIP of view %d, naming %d\n", me, x, memory.skipHn[x]);
      checkSkip(x, memory.skipHn[x]);
      skips[naming(x, memory.skipHn[x])] = skips[naming(x, memory.skipHn[x])] | bit(me)
    :: else
    fi
  }
  putTogether();
  checkAll()
}

/* Whether the memory holds a statement that was not said yet. */
inline findUnsaid() {
  amid = false;
  for (x : 0 .. VIEWS - 1) {
    amid = amid || (memory.proposal[x] != NONE && !has(proposes[x], memory.proposal[x]));
    amid = amid || (memory.vote[x] != NONE && !isMine(votes[of(x, memory.vote[x])]));
    amid = amid || (memory.commit[x] != NONE && !isMine(commits[of(x, memory.commit[x])]));
    amid = amid || (memory.skipHn[x] != UNSAID && !isMine(skips[naming(x, memory.skipHn[x])]))
  }
}
inline checkGivingUp() {
  leaderGivesUpOnlyForAnN = (notarised[0] | notarised[1] | notarised[VIEWS - 1]) != 0
}

inline copy(to, from) {
  to.currentView = from.currentView;
  to.votedView = from.votedView;
  to.skipView = from.skipView;
  to.highView = from.highView;
  to.highBlock = from.highBlock;
  for (x : 0 .. VIEWS - 1) {
    to.proposal[x] = from.proposal[x];
    to.vote[x] = from.vote[x];
    to.commit[x] = from.commit[x];
    to.skipHn[x] = from.skipHn[x]
  }
}

/* Rule 5 says when; this says what. */
inline write() {
  copy(disk, memory);
  for (x : 0 .. VIEWS - 1) {
#ifdef LOSING_THE_PROPOSAL
    disk.proposal[x] = NONE;
#endif
#ifdef LOSING_THE_VOTE_RECORD
    disk.vote[x] = NONE;
    disk.votedView = NONE;
#endif
#ifdef LOSING_THE_SKIP_RECORD
    disk.skipHn[x] = UNSAID;
    disk.skipView = NONE;
#endif
#ifdef LOSING_HIGH_N
    disk.highView = NONE;
    disk.highBlock = NONE;
#endif
    skip
  }
}

inline enter(v) {
  printf("member %d enters view %d\n", me, v);
  view = v
}
inline doPropose(block) {
  memory.proposal[view] = block
}
inline doVote(block) {
  memory.votedView = view;
  memory.vote[view] = block
}
inline giveUp() {
  memory.skipView = view;
  memory.skipHn[view] = hnOfSkip
}
inline onN(v, block) {
  printf("member %d takes up N of block %d in view %d\n", me, block, v);
  high = v;
  memory.highBlock = block;
  if :: v > view -> enter(v) :: else fi;
  if :: mayCommit(v) -> memory.commit[v] = block :: else fi
}

/* A crash: what was not on the disk is gone, and what was is said again, word for word. */
#define CRASH printf("member %d crashes and restarts\n", me); copy(memory, disk); findUnsaid()
#define SAY say(); ASSERT

/* Rule 5: a turn is written before it is said. Before it is written nothing of it is left after a crash. */
#ifdef NO_RULE_5
#define TURN(guard, effect) d_step { !amid && (guard) -> effect; SAY; amid = true; CLEAR }
#else
#define TURN(guard, effect) d_step { !amid && (guard) -> effect; write(); findUnsaid(); CLEAR }
#endif

#define ON_PROPOSE(block) TURN(!hasVoted && mayVote && isProposed(block) && isJustified(block), doVote(block))
#define ON_N(v, block) TURN(high < v && N(v, block), onN(v, block))
#define ON_S(v) TURN(view <= v && v + 1 < VIEWS && isSkipped(v), enter(v + 1))
#define mayPropose (leader == me && !hasProposed && memory.skipView < view)

/* What one turn of the code does together is done here one by one, so that a crash can lie between. */
proctype Member(byte me) {
  Log memory;
  Log disk;
  /* Amid a turn: between writing and saying. */
  bool amid = false;

  d_step { enter(0); write(); CLEAR }

  do
  /* propose() */
  :: TURN(mayPropose && mayCarryOn, doPropose(memory.highBlock))
  :: TURN(mayPropose && mayStartAfresh, doPropose(freshBlock))
  :: TURN(mayPropose && mustGiveUp, checkGivingUp(); giveUp())
  /* onPropose: what stood beside the proposal was taken up by a turn before. */
  :: ON_PROPOSE(0)
  :: ON_PROPOSE(1)
  :: ON_PROPOSE(2)
  :: ON_PROPOSE(3)
#if VIEWS > 2
  :: ON_PROPOSE(4)
  :: ON_PROPOSE(5)
#endif
  /* onN: formed here, or beside whatever message */
  :: ON_N(0, 0)
  :: ON_N(0, 1)
  :: ON_N(1, 0)
  :: ON_N(1, 1)
  :: ON_N(1, 2)
  :: ON_N(1, 3)
#if VIEWS > 2
  :: ON_N(2, 0)
  :: ON_N(2, 1)
  :: ON_N(2, 2)
  :: ON_N(2, 3)
  :: ON_N(2, 4)
  :: ON_N(2, 5)
#endif
  /* onTimer, and onSkip with weak skips */
  :: TURN(memory.skipView < view, giveUp())
  /* onSkip with a quorum of them, or an S beside whatever message */
  :: ON_S(0)
#if VIEWS > 2
  :: ON_S(1)
#endif
#ifdef NO_RULE_5
  :: d_step { amid -> write(); amid = false; CLEAR }
#else
  :: d_step { amid -> SAY; amid = false; CLEAR }
#endif
  :: d_step { true -> CRASH; CLEAR }
  od
}

init {
  atomic {
    run Member(0);
    run Member(1);
#if HONEST > 2
    run Member(2)
#endif
  }
}
