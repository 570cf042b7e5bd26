using FsCheck;
using FsCheck.Fluent;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Tests.Users;

public sealed class UserStateTests
{
    private static readonly Predicate<int> Nothing = _ => false;

    [Fact]
    public void A_frame_reads_back_as_the_operation_it_was_made_of() => Prop.ForAll(UserGenerators.Operations, operations =>
    {
        foreach (var operation in operations)
        {
            var read = UserOperation.Read(operation.ToFrame());
            Assert.Equal(operation.Events, read.Events);
            Assert.Equal(operation.Names, read.Names);
            Assert.Equal(operation.KnownNames, read.KnownNames);
            Assert.Equal(operation.IdleNames, read.IdleNames);
            Assert.Equal(operation with { Events = [], Names = [], KnownNames = [], IdleNames = [] }, read with { Events = [], Names = [], KnownNames = [], IdleNames = [] });
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_snapshot_reads_back_as_the_state_it_was_made_of() => Prop.ForAll(UserGenerators.Operations, operations =>
    {
        var state = UserGenerators.Applied(operations);
        var read = UserState.Read(new StoredRecord(true, state.ToSnapshot(Nothing), []));
        UserGenerators.AssertEqual(state, read);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Names_are_forgotten_by_their_age()
    {
        var names = new EventNames();
        names.Add(new EventName(1, 10), 100);
        names.Add(new EventName(2, 20), 200);
        names.AddIdle(new EventName(3, 30), 100);
        names.AddIdle(new EventName(4, 40), 200);
        names.Forget(150);
        Assert.Null(names.Find(new EventName(1, 10), 0));
        Assert.Equal((20u, false), names.Find(new EventName(2, 0), 200));
        Assert.Null(names.Find(new EventName(2, 0), 201));
        Assert.Null(names.Find(new EventName(3, 30), 0));
        Assert.Equal((40u, true), names.Find(new EventName(4, 0), 200));
        Assert.Null(names.Find(new EventName(4, 0), 201));
    }

    [Fact]
    public void Snapshot_and_journal_give_the_state_of_direct_application_wherever_the_fold_was() => Prop.ForAll(
        UserGenerators.Operations, Gen.Choose(0, 50).ToArbitrary(), Gen.Choose(0, 50).ToArbitrary(), (operations, fold, overlap) =>
        {
            var folded = Math.Min(fold, operations.Length);
            var snapshot = folded == 0 ? default : UserGenerators.Applied(operations[..folded]).ToSnapshot(Nothing);

            // Reading without taking over may see frames that the snapshot holds already.
            var journal = operations[Math.Max(0, folded - overlap)..].Select(o => o.ToFrame()).ToArray();
            var read = UserState.Read(new StoredRecord(true, snapshot, journal));
            UserGenerators.AssertEqual(UserGenerators.Applied(operations), read);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_frame_that_a_store_brought_back_before_those_written_in_its_place_changes_nothing() => Prop.ForAll(
        UserGenerators.Operations, Gen.Choose(0, 50).ToArbitrary(), Gen.Choose(0, 50).ToArbitrary(), (operations, at, strange) =>
        {
            if (operations.Length == 0)
            {
                return;
            }

            // What was sent, never confirmed, and led to the version that another operation has led to since.
            var place = at % operations.Length;
            var unconfirmed = operations[strange % operations.Length] with { Version = operations[place].Version };
            var journal = operations.Select(o => o.ToFrame()).ToList();
            journal.Insert(place, unconfirmed.ToFrame());
            var read = UserState.Read(new StoredRecord(true, default, [.. journal]));
            UserGenerators.AssertEqual(UserGenerators.Applied(operations), read);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Truncated_or_damaged_bytes_are_invalid_data_and_nothing_worse() => Prop.ForAll(
        UserGenerators.Operations, Gen.Choose(0, 100_000).ToArbitrary(), Gen.Choose(0, 255).ToArbitrary(), (operations, at, damage) =>
        {
            foreach (var operation in operations)
            {
                // The names at the end of a frame are what releases before do not know of: without them it is whole, too.
                var (frame, whole) = (operation.ToFrame(), (operation with { IdleNames = [] }).ToFrame());
                for (var length = 0; length < frame.Length; length++)
                {
                    if (length == whole.Length)
                    {
                        Assert.Equal(operation.Events, UserOperation.Read(whole).Events);
                        continue;
                    }

                    Assert.Throws<InvalidDataException>(() => UserOperation.Read(frame.AsSpan(0, length)));
                }

                frame[at % frame.Length] = (byte)damage;
                AssertReadsOrIsInvalid(() => UserOperation.Read(frame));
            }

            var snapshot = UserGenerators.Applied(operations).ToSnapshot(Nothing).ToArray();
            for (var length = 1; length < snapshot.Length; length++)
            {
                Assert.Throws<InvalidDataException>(() => UserState.Read(new StoredRecord(true, snapshot.AsMemory(0, length), [])));
            }

            snapshot[at % snapshot.Length] = (byte)damage;
            AssertReadsOrIsInvalid(() => UserState.Read(new StoredRecord(true, snapshot, [])));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Events_of_deleted_items_are_left_out_of_the_snapshot()
    {
        var state = new UserState();
        var like = FeedbackTypes.NumberOf("like");
        state.Apply(new UserOperation
        {
            Kind = UserOperation.OperationKind.Add, Version = 5,
            Events = [(new FeedbackEvent(1, 0, 10, like, true), "one"), (new FeedbackEvent(2, 0, 20, like, true), "two"), (new FeedbackEvent(3, 0, 30, like, true), "")],
        });
        var read = UserState.Read(new StoredRecord(true, state.ToSnapshot(n => n == 2), []));
        Assert.Equal([1, 3], read.History.Events.ToArray().Select(e => e.Item));
        Assert.Equal([10L, 30L], read.History.Events.ToArray().Select(e => e.TimeMs));
        Assert.Equal("", read.History.CommentOf(like, 2));
    }

    [Fact]
    public void An_event_takes_about_twelve_bytes_of_a_snapshot()
    {
        var state = new UserState();
        var like = FeedbackTypes.NumberOf("like");
        state.Apply(new UserOperation
        {
            Kind = UserOperation.OperationKind.Add, Version = 1,
            Events = [.. Enumerable.Range(0, 100).Select(i => (new FeedbackEvent(i * 997, 0, 1_700_000_000_000 + (i * 86_400_000L), like, true), ""))],
        });
        Assert.InRange(state.ToSnapshot(Nothing).Length, 500, 1200);
    }

    [Fact]
    public void A_format_of_a_later_release_is_named_in_the_refusal()
    {
        Assert.Contains("format 9", Assert.Throws<InvalidDataException>(() => UserOperation.Read([9, 1, 2])).Message, StringComparison.Ordinal);
        Assert.Contains("format 9", Assert.Throws<InvalidDataException>(() => UserState.Read(new StoredRecord(true, new byte[] { 9, 0 }, []))).Message, StringComparison.Ordinal);
    }

    private static void AssertReadsOrIsInvalid(Action read)
    {
        try
        {
            read();
        }
        catch (InvalidDataException)
        {
            // What damaged bytes should give where they do not happen to read as something else.
        }
    }
}
