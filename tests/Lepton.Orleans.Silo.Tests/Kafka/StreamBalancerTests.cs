using Lepton.Orleans.Silo.Streams;
using Lepton.Orleans.Silo.Tests.Clustering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Streams;

namespace Lepton.Orleans.Silo.Tests.Kafka;

public sealed class StreamBalancerTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly SiloAddress Here = SiloAddress.FromParsableString("10.0.0.7:11111@1");
    private static readonly SiloAddress There = SiloAddress.FromParsableString("10.0.0.8:11111@1");

    [Fact]
    public async Task Who_could_not_be_told_of_a_new_share_is_told_again_and_of_those_that_follow()
    {
        var cluster = new KnownCluster { Silos = [Here] };
        using var services = new ServiceCollection().AddSingleton(cluster.Of<IClusterMembershipService>()).AddSingleton(cluster.Of<ILocalSiloDetails>()).BuildServiceProvider();
        var balancer = new StreamBalancer(services, cluster.Map(), TimeProvider.System, NullLogger<StreamBalancer>.Instance);
        var reader = new Reader { Failures = 1 };
        await balancer.Initialize(new Queues());
        balancer.SubscribeToQueueDistributionChangeEvents(reader);
        Assert.Equal(2, balancer.GetMyQueues().Count());

        cluster.Silos = [Here, There];
        await reader.ToldAsync(2);
        Assert.Single(balancer.GetMyQueues());
        cluster.Silos = [Here];
        await reader.ToldAsync(3);
        Assert.Equal(2, balancer.GetMyQueues().Count());
        await balancer.Shutdown();
    }

    private sealed class Reader : IStreamQueueBalanceListener
    {
        private readonly SemaphoreSlim _told = new(0);
        private int _times;

        public int Failures { get; set; }

        public async Task ToldAsync(int times)
        {
            while (_times < times)
            {
                Assert.True(await _told.WaitAsync(Deadline, TestContext.Current.CancellationToken), $"told {_times} times");
            }
        }

        public Task QueueDistributionChangeNotification()
        {
            _times++;
            _told.Release();
            return Failures-- > 0 ? Task.FromException(new TimeoutException("Kafka does not answer.")) : Task.CompletedTask;
        }
    }

    private sealed class Queues : IStreamQueueMapper
    {
        private readonly QueueId[] _all = [QueueId.GetQueueId("q", 0, 0), QueueId.GetQueueId("q", 1, 1)];

        public IEnumerable<QueueId> GetAllQueues() => _all;

        public QueueId GetQueueForStream(StreamId streamId) => _all[0];
    }
}
