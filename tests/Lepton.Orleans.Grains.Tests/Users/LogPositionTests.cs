using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Tests.Users;

public sealed class LogPositionTests
{
    private static readonly Predicate<int> Nothing = _ => false;

    [Fact]
    public void Rows_up_to_the_position_have_been_applied_and_those_after_it_have_not()
    {
        var state = After(new LogPosition(1, 3, 10));
        Assert.Equal(3, state.Applied(From(1, 3, 8, 10, 10, 11)));
        Assert.Equal(0, state.Applied(From(1, 3, 11)));
        Assert.Equal(0, state.Applied(null));
    }

    [Fact]
    public void Partitions_do_not_know_of_each_other() => Assert.Equal(0, After(new LogPosition(1, 3, 10)).Applied(From(1, 4, 5)));

    [Fact]
    public void A_topic_that_was_created_anew_begins_anew()
    {
        var state = After(new LogPosition(1, 3, 10), new LogPosition(2, 3, 0));
        Assert.Equal(0, state.Applied(From(2, 3, 1)));
        Assert.Equal([new LogPosition(2, 3, 0)], state.Positions);
    }

    [Fact]
    public void A_state_without_positions_is_written_as_the_release_before_wrote_it()
    {
        var snapshot = UserGenerators.Applied([new UserOperation { Kind = UserOperation.OperationKind.Add, Version = 1 }]).ToSnapshot(Nothing);
        Assert.Equal(2, snapshot.Span[0]);
        Assert.Null(UserState.Read(new StoredRecord(true, snapshot, [])).Positions);
    }

    private static UserState After(params LogPosition[] positions) => UserGenerators.Applied(positions.Select((position, i) => new UserOperation
    {
        Kind = UserOperation.OperationKind.Add, Version = i + 1, Position = position,
    }));

    private static FeedbackOrigin From(uint source, int partition, params long[] offsets) => new() { Source = source, Partition = partition, Offsets = offsets };
}
