using System.Runtime.CompilerServices;
using FsCheck;
using FsCheck.Fluent;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Tests.Users;

public sealed class FeedbackEventTests
{
    [Fact]
    public void An_event_takes_16_bytes() => Assert.Equal(16, Unsafe.SizeOf<FeedbackEvent>());

    [Fact]
    public void Every_field_comes_back_out_of_the_packed_word()
    {
        var fields =
            from item in Gen.Choose(0, int.MaxValue)
            from value in Gen.Choose(-1_000_000, 1_000_000)
            from seconds in Gen.Choose(0, int.MaxValue)
            from time in Gen.Elements(0, seconds * 1000L, FeedbackEvent.MaxTimeMs - seconds)
            from type in Gen.Choose(0, FeedbackTypes.Capacity - 1)
            from isExplicit in Gen.Elements(true, false)
            select (item, value: value / 7f, time, type, isExplicit);
        Prop.ForAll(fields.ToArbitrary(), f =>
        {
            var e = new FeedbackEvent(f.item, f.value, f.time, f.type, f.isExplicit);
            return e.Item == f.item && e.Value == f.value && e.TimeMs == f.time && e.Type == f.type && e.IsExplicit == f.isExplicit;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void The_time_is_utc_to_the_millisecond()
    {
        var time = new DateTime(2026, 7, 1, 12, 34, 56, 789, DateTimeKind.Utc);
        var e = new FeedbackEvent(1, 0, (long)(time - DateTime.UnixEpoch).TotalMilliseconds, 0, true);
        Assert.Equal(time, e.Time);
        Assert.Equal(DateTimeKind.Utc, e.Time.Kind);
    }

    [Fact]
    public void Events_are_equal_when_all_fields_are()
    {
        var e = new FeedbackEvent(1, 2, 3, 4, true);
        Assert.Equal(new FeedbackEvent(1, 2, 3, 4, true), e);
        Assert.NotEqual(new FeedbackEvent(2, 2, 3, 4, true), e);
        Assert.NotEqual(new FeedbackEvent(1, 3, 3, 4, true), e);
        Assert.NotEqual(new FeedbackEvent(1, 2, 4, 4, true), e);
        Assert.NotEqual(new FeedbackEvent(1, 2, 3, 5, true), e);
        Assert.NotEqual(new FeedbackEvent(1, 2, 3, 4, false), e);
    }
}
