using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using Lepton.Orleans.Engine.Popularity;

namespace Lepton.Orleans.Engine.Tests.Popularity;

public sealed class DecayedCounterTests
{
    private static readonly DateTime Start = new(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void An_event_counts_half_after_a_half_life()
    {
        var counter = new DecayedCounter(TimeSpan.FromHours(6));
        counter.Add(2, 8, Start);

        Assert.Equal([0f, 0f, 8f, 0f], All(counter, Start, 4));
        Assert.Equal(4f, counter.At(2, Start.AddHours(6)), 1e-5f);
        Assert.Equal(1f, counter.At(2, Start.AddHours(18)), 1e-5f);
    }

    [Fact]
    public void The_order_in_which_events_arrive_does_not_matter()
    {
        var events = (from item in Gen.Choose(0, 5)
                      from hours in Gen.Choose(0, 2000)
                      select (item, hours)).ArrayOf();
        Prop.ForAll(events.ToArbitrary(), arrivals =>
        {
            var counter = new DecayedCounter(TimeSpan.FromHours(30));
            foreach (var (item, hours) in arrivals)
            {
                counter.Add(item, 1, Start.AddHours(hours));
            }

            var now = Start.AddHours(2000);
            for (var item = 0; item < 6; item++)
            {
                var expected = arrivals.Where(a => a.item == item).Sum(a => Math.Pow(.5, (2000 - a.hours) / 30.0));
                Assert.Equal(expected, counter.At(item, now), 1e-4 * Math.Max(1, expected));
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Thousands_of_half_lives_do_not_overflow()
    {
        var counter = new DecayedCounter(TimeSpan.FromSeconds(1));
        for (var second = 0; second < 20_000; second++)
        {
            counter.Add(0, 1, Start.AddSeconds(second));
        }

        Assert.Equal(2f, counter.At(0, Start.AddSeconds(19_999)), 1e-4f);
        Assert.Equal(0f, counter.At(0, Start.AddSeconds(40_000)));
    }

    [Fact]
    public void Written_counters_read_back_and_truncated_ones_are_refused()
    {
        var counter = new DecayedCounter(TimeSpan.FromHours(2));
        counter.Add(3, 1.5, Start);
        counter.Add(1, 2.5, Start.AddHours(1));
        var buffer = new ArrayBufferWriter<byte>();
        counter.Write(buffer);
        var bytes = buffer.WrittenSpan.ToArray();

        var read = DecayedCounter.Read(bytes);
        read.Add(3, 1, Start.AddHours(2));
        counter.Add(3, 1, Start.AddHours(2));

        Assert.Equal(All(counter, Start.AddHours(3), 6), All(read, Start.AddHours(3), 6));
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => DecayedCounter.Read(bytes.AsSpan(0, length)));
        }
    }

    private static IEnumerable<float> All(DecayedCounter counter, DateTime now, int items) =>
        Enumerable.Range(0, items).Select(item => counter.At(item, now));
}
