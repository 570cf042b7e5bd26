using FsCheck;
using FsCheck.Fluent;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Tests.Users;

/// <summary>Random users: few items, types and times, so that repetitions and equal times are common.</summary>
internal static class UserGenerators
{
    public static readonly string[] TypeNames = ["like", "read", "dislike", "rating"];

    private static readonly string[] Comments = ["", "", "", "so good", "плохо 🎬"];

    public static Gen<FeedbackEvent> Event { get; } =
        from item in Gen.Choose(0, 12)
        from value in Gen.Elements(0f, 1f, 2.5f, -3f, float.MaxValue)
        from time in Gen.OneOf(Gen.Choose(0, 20).Select(t => (long)t), Gen.Constant(FeedbackEvent.MaxTimeMs))
        from type in Gen.Elements(TypeNames)
        from isExplicit in Gen.Elements(true, false)
        select new FeedbackEvent(item, value, time, FeedbackTypes.NumberOf(type), isExplicit);

    public static Gen<UserOperation> Operation { get; } = Gen.OneOf(
        Changes(UserOperation.OperationKind.Add),
        Changes(UserOperation.OperationKind.Replace),
        from other in Gen.Elements("anna", "Ж")
        select new UserOperation { Kind = UserOperation.OperationKind.Leave, Version = 0, Other = other },
        from ago in Gen.Choose(1, 4)
        from rows in Gen.Choose(0, 20)
        select new UserOperation { Kind = UserOperation.OperationKind.Arrive, Version = 0, LeftAt = -ago, Rows = rows },
        from changes in Changes(UserOperation.OperationKind.Absorb)
        from other in Gen.Elements("anna", "Ж", "")
        from at in Gen.Choose(1, 100)
        select changes with { Other = other, LeftAt = at, Names = [], RecordedMs = 0, KnownNames = [.. changes.Names.Where(n => n.IsGiven).Select(n => (n, (long)at))] },
        from item in Gen.Choose(0, 12)
        from type in Gen.Elements<string?>([null, .. TypeNames])
        select new UserOperation { Kind = UserOperation.OperationKind.Remove, Version = 0, Item = item, Type = type },
        from labels in Gen.Elements<string?>(null, "[\"a\"]", "{\"ключ\":\"значение\"}", "")
        from comment in Gen.Elements(Comments)
        select new UserOperation { Kind = UserOperation.OperationKind.Profile, Version = 0, LabelsJson = labels, Comment = comment });

    /// <summary>Operations as one grain makes them: each has the version after the one before.</summary>
    public static Arbitrary<UserOperation[]> Operations { get; } = Operation.ListOf()
        .Select(all => all.Select((operation, i) => operation with { Version = First + i, LeftAt = operation.LeftAt < 0 ? First + i + operation.LeftAt : operation.LeftAt }).ToArray())
        .ToArbitrary();

    private const long First = 1_700_000_000_000;

    public static UserState Applied(IEnumerable<UserOperation> operations)
    {
        var state = new UserState();
        foreach (var operation in operations)
        {
            state.Apply(operation);
        }

        return state;
    }

    public static void AssertEqual(UserState expected, UserState actual)
    {
        Assert.Equal(expected.Version, actual.Version);
        Assert.Equal(expected.Exists, actual.Exists);
        Assert.Equal(expected.Arrivals, actual.Arrivals);
        Assert.Equal(
            (expected.Departure?.Into, expected.Departure?.Version, expected.Departure?.Rows),
            (actual.Departure?.Into, actual.Departure?.Version, actual.Departure?.Rows));
        Assert.Equal(expected.Departure?.Events.Events.ToArray(), actual.Departure?.Events.Events.ToArray());
        Assert.Equal(expected.Departure?.Names.OrderBy(n => n.Name.Id), actual.Departure?.Names.OrderBy(n => n.Name.Id));
        Assert.Equal(expected.LabelsJson, actual.LabelsJson);
        Assert.Equal(expected.Comment, actual.Comment);
        Assert.Equal(expected.History.Events.ToArray(), actual.History.Events.ToArray());
        Assert.Equal(expected.Positions ?? [], actual.Positions ?? []);
        for (var id = 1; id < 100; id++)
        {
            var name = new EventName((UInt128)id, 0);
            Assert.Equal(expected.Names?.Find(name, 0), actual.Names?.Find(name, 0));
        }

        foreach (var e in expected.History.Events)
        {
            Assert.Equal(expected.History.CommentOf(e.Type, e.Item), actual.History.CommentOf(e.Type, e.Item));
        }
    }

    private static Gen<UserOperation> Changes(UserOperation.OperationKind kind) =>
        from events in (from e in Event from comment in Gen.Elements(Comments) select (e, comment)).ListOf()
        from named in Gen.Elements(true, false)
        from name in Gen.Choose(1, 30)
        from idle in Gen.Choose(0, 2)
        from position in Gen.OneOf(
            Gen.Constant<LogPosition?>(null),
            from source in Gen.Choose(1, 2) from partition in Gen.Choose(0, 2) from offset in Gen.Choose(0, 1000) select (LogPosition?)new LogPosition((uint)source, partition, offset))
        select new UserOperation
        {
            Kind = kind,
            Version = 0,
            Events = [.. events],
            Names = named && events.Count > 0 ? [.. events.Select((_, i) => i % 3 == 1 ? default : new EventName((UInt128)(name + i), (uint)i))] : [],
            IdleNames = kind == UserOperation.OperationKind.Absorb ? [] : [.. Enumerable.Range(60, idle).Select(i => new EventName((UInt128)(name + i), (uint)i))],
            RecordedMs = (named && events.Count > 0) || (idle > 0 && kind != UserOperation.OperationKind.Absorb) ? 1_700_000_000_000 + name : 0,
            Position = position,
        };
}
