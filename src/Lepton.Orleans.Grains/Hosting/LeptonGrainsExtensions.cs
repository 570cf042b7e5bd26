using Lepton.Orleans.Grains.Backup;
using Lepton.Orleans.Grains.Erasure;
using Lepton.Orleans.Grains.Events;
using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Pauses;
using Lepton.Orleans.Grains.Placement;
using Lepton.Orleans.Grains.Recommendations;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Roles;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Training;
using Lepton.Orleans.Grains.Turns;
using Lepton.Orleans.Grains.Upkeep;
using Lepton.Orleans.Grains.Users;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Placement;
using Orleans.Providers;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Hosting;

/// <summary>Adds Lepton's grains to a silo.</summary>
public static class LeptonGrainsExtensions
{
    /// <summary>The name of the grain storage for small records.</summary>
    public const string StorageName = "lepton";

    /// <summary>
    /// Adds the grains, their store and the silo's replica. Needs an <see cref="IConnectionMultiplexer"/> in the services
    /// and a grain storage named <c>lepton</c>.
    /// </summary>
    public static IServiceCollection AddLeptonGrains(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddOptions<RankingOptions>().Bind(configuration.GetSection(RankingOptions.Section)).ValidateOnStart();
        services.AddOptions<TrainingOptions>().Bind(configuration.GetSection(TrainingOptions.Section)).ValidateOnStart();
        services.AddOptions<FeedbackOptions>().Bind(configuration.GetSection(FeedbackOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<RankingOptions>, RankingOptionsValidator>();
        services.AddSingleton<IValidateOptions<TrainingOptions>, TrainingOptionsValidator>();
        services.AddSingleton<IValidateOptions<FeedbackOptions>, FeedbackOptionsValidator>();
        services.AddOptions<RepairOptions>().Bind(configuration.GetSection(RepairOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<RepairOptions>, RepairOptionsValidator>();

        // Shorter than the age of what is given up soonest, which Orleans demands.
        services.Configure<GrainCollectionOptions>(options => options.CollectionQuantum = TimeSpan.FromSeconds(20));
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ILeptonEvents, NoEvents>();
        services.AddSingleton(typeof(LiveOptions<>));

        services.AddSingleton(provider => provider.GetRequiredService<IConnectionMultiplexer>().GetDatabase());
        services.TryAddSingleton(new StoreDurability());
        services.AddSingleton<DurableStore>();
        services.AddSingleton<GroupCommit>();

        // First to start and last to stop: grains write until the silo has stopped.
        services.Insert(0, ServiceDescriptor.Singleton<IHostedService>(provider => provider.GetRequiredService<GroupCommit>()));
        services.AddSingleton<RecordStore>();
        services.AddSingleton<UserRecords>();
        services.AddSingleton<IndexStore>();
        services.AddSingleton<BlobStore>();
        services.AddSingleton<CatalogStore>();
        services.AddSingleton<ItemStore>();
        services.AddSingleton<PendingErasures>();
        services.AddSingleton(provider => new StoreTurns(provider.GetRequiredService<DurableStore>(), provider.GetRequiredService<TimeProvider>()));

        services.AddSingleton(provider => provider.GetRequiredService<IOptions<FeedbackOptions>>().Value.ToPolicy());
        services.AddSingleton<LocalUsers>();
        services.AddSingleton(provider => new LocalFeedback(provider.GetRequiredService<LocalUsers>(), provider.GetRequiredService<GroupCommit>()));
        services.AddSingleton<UserNeighbors>();
        services.AddSingleton<ListQuality>();
        services.AddSingleton<UserServices>();
        services.AddSingleton<Replicas>();
        services.AddMetrics();
        services.AddSingleton<ReplicaMetrics>();
        services.AddSingleton(provider => new ReplicaStatus(provider.GetRequiredService<Replicas>(), provider.GetRequiredService<HostedRoles>()));
        services.AddHostedService<ReplicaRefresher>();
        services.AddGrainService<SiloReplicas>();
        services.TryAddSingleton<ISiloReplicasClient, SiloReplicasClient>();
        services.AddSingleton<CatalogNews>();
        services.AddSingleton<DeltaBuffer>();
        services.AddHostedService(provider => provider.GetRequiredService<DeltaBuffer>());
        services.AddSingleton<ListExplainer>();
        services.AddSingleton<RankingServices>();
        services.AddSingleton(provider => new LocalLists(provider.GetRequiredService<RankingServices>(), provider.GetRequiredService<HostedRoles>()));
        services.AddSingleton<HistoryScan>();
        services.AddSingleton<BuildSteps>();
        services.AddSingleton<ErasureScan>();
        services.AddSingleton<RepairPass>();
        services.AddHostedService<RepairSchedule>();
        services.AddSingleton(provider => new TenantBackup(
            provider.GetRequiredService<IndexStore>(),
            provider.GetRequiredService<RecordStore>(),
            provider.GetRequiredService<ItemStore>(),
            provider.GetRequiredService<BlobStore>(),
            provider.GetRequiredService<StoreTurns>(),
            provider.GetRequiredService<Replicas>(),
            provider.GetRequiredService<DeltaBuffer>(),
            provider.GetRequiredService<IGrainFactory>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new TenantRestore(
            provider.GetRequiredService<IndexStore>(),
            provider.GetRequiredService<BlobStore>(),
            provider.GetRequiredService<StoreTurns>(),
            provider.GetRequiredService<Replicas>(),
            provider.GetRequiredService<IGrainFactory>()));
        services.TryAddSingleton(new HostedRoles(SiloRoles.All));
        services.AddSingleton<RoleMap>();
        services.AddPlacementFilter<RoleFilter, RoleFilterDirector>(ServiceLifetime.Transient);
        services.AddSingleton<Homes>();
        services.AddPlacementDirector<KeyPlacement, HomeDirector>();
        services.AddPlacementDirector<BesideUserPlacement, HomeDirector>();
        services.AddPlacementDirector<ShardPlacement, HomeDirector>();
        services.AddHostedService<HomeMover>();
        services.AddSingleton<WriteGate>();
        services.AddKeyedSingleton<IControllable>(WriteGate.Name, (provider, _) => provider.GetRequiredService<WriteGate>());
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<WriteGate>());
        services.AddSingleton(provider => new TenantWrites(
            provider.GetRequiredService<BlobStore>(), provider.GetRequiredService<IGrainFactory>(), provider.GetRequiredService<TimeProvider>()));
        return services;
    }
}
