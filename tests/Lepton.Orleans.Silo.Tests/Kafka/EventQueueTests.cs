using Lepton.Orleans.Grains.Events;
using Lepton.Orleans.Silo.Events;
using Lepton.Orleans.Silo.Streams;
using Lepton.Orleans.Silo.Tests.Hosting;
using Lepton.Orleans.Streaming.Kafka;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Silo.Tests.Kafka;

/// <summary>What is kept for a broker that is not there.</summary>
public sealed class EventQueueTests : IDisposable
{
    private const int QueueBytes = 1 << 20;
    private readonly Drops _drops = new();
    private readonly ServiceProvider _services = new ServiceCollection().Configure<KafkaStreamOptions>(FeedbackDataAdapter.Provider, kafka => kafka.BootstrapServers = "127.0.0.1:9").BuildServiceProvider();

    public void Dispose()
    {
        _drops.Dispose();
        _services.Dispose();
    }

    [Fact]
    public void What_finds_no_room_is_dropped_and_counted_and_nobody_waits()
    {
        using var events = Create(new EventOptions { FeedbackAccepted = true, UserErased = true, QueueBytes = QueueBytes, SendTimeout = TimeSpan.FromSeconds(1) });
        for (var i = 0; i < 10_000; i++)
        {
            events.FeedbackAccepted("default", "anna", new[] { Row }, overwrite: false, changed: 1);
            Assert.InRange(events.WaitingBytes, 1, QueueBytes);
        }

        Assert.InRange(_drops["FeedbackAccepted"], 5_000, 9_999);
        events.UserErased("default", "anna");
        Assert.Equal(1, _drops["UserErased"]);
    }

    [Fact]
    public void What_cannot_be_written_is_dropped_and_counted_and_whoever_told_it_is_spared()
    {
        using var events = Create(new EventOptions { FeedbackAccepted = true });
        events.FeedbackAccepted("default", "anna", new[] { Row with { Value = double.NaN } }, overwrite: false, changed: 1);
        Assert.Equal((0, 1), (events.WaitingBytes, _drops["FeedbackAccepted"]));
    }

    [Fact]
    public async Task What_the_broker_does_not_take_in_time_is_dropped_and_counted()
    {
        using var events = Create(new EventOptions { UserErased = true, QueueBytes = QueueBytes, SendTimeout = TimeSpan.FromSeconds(1) });
        events.UserErased("default", "anna");
        Assert.True(events.WaitingBytes > 0);
        for (var i = 0; i < 600 && events.WaitingBytes > 0; i++)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Assert.Equal((0, 1), (events.WaitingBytes, _drops["UserErased"]));
    }

    [Fact]
    public void Kinds_that_are_switched_off_are_not_told()
    {
        using var events = Create(new EventOptions { ListServed = true });
        events.FeedbackAccepted("default", "anna", new[] { Row }, overwrite: false, changed: 1);
        events.ItemChanged("default", new Item { ItemId = "tea" });
        events.ItemDeleted("default", "tea");
        events.UserErased("default", "anna");
        Assert.Equal((0, false, true), (events.WaitingBytes, events.WantsFeedback, events.WantsLists));
    }

    [Fact]
    public void Lists_whose_reasons_nobody_finds_in_time_are_dropped_and_counted()
    {
        using var events = Create(new EventOptions { ListServed = true });
        for (var i = 0; i < 5_000; i++)
        {
            events.ListServed(new ServedList("default", "anna", new RecommendRequest(), DateTimeOffset.UnixEpoch, () => throw new InvalidOperationException("Nobody asks: it was not started.")));
        }

        Assert.InRange(_drops["ListServed"], 1_000, 4_999);
    }

    [Fact]
    public async Task That_events_of_feedback_from_Kafka_are_not_confirmed_is_said_once_for_all_of_them()
    {
        using var lines = new LogLines();
        using var logs = LoggerFactory.Create(logging => logging.AddProvider(lines));
        using var end = new StreamsEnd();
        using var events = Create(new EventOptions { FeedbackAccepted = true, SendTimeout = TimeSpan.FromSeconds(1) }, end, logs.CreateLogger<KafkaEvents>());
        var telling = events.FeedbackAppliedAsync("default", 7, Enumerable.Range(0, 20).Select(offset => new FeedbackMessage { Partition = 0, Offset = offset, Rows = [Row] }));
        for (var i = 0; i < 600 && !NotConfirmed().Any(); i++)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        end.Dispose();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => telling);
        Assert.Single(NotConfirmed());

        IEnumerable<string> NotConfirmed() => lines.All.Select(line => line.Text).Where(text => text.Contains("did not confirm", StringComparison.Ordinal));
    }

    private static Feedback Row => new() { FeedbackType = "like", UserId = "anna", ItemId = "tea" };

    private KafkaEvents Create(EventOptions options, StreamsEnd? end = null, ILogger<KafkaEvents>? logger = null) => new(
        _services.GetRequiredService<IOptionsMonitor<KafkaStreamOptions>>(),
        Options.Create(options),
        TimeProvider.System,
        end ?? new StreamsEnd(),
        logger ?? NullLogger<KafkaEvents>.Instance);
}
