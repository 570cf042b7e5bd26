namespace Lepton.Orleans.Silo;

/// <summary>What the host logs.</summary>
internal static partial class Log
{
    [LoggerMessage(101, LogLevel.Information, "The embedded store uses {Folder} and answers on 127.0.0.1:{Port}")]
    public static partial void EmbeddedStoreStarted(this ILogger logger, string folder, int port);

    [LoggerMessage(102, LogLevel.Information, "Loading the sample catalogue: {Items} films, {Users} people")]
    public static partial void SampleLoading(this ILogger logger, int items, int users);

    [LoggerMessage(103, LogLevel.Information, "The sample is loaded: {Events} feedback in {Seconds:F1} s")]
    public static partial void SampleLoaded(this ILogger logger, int events, double seconds);

    [LoggerMessage(105, LogLevel.Information, "There are no API keys (Lepton:ApiKeys), so only this machine is answered: loopback addresses")]
    public static partial void LoopbackOnly(this ILogger logger);

    [LoggerMessage(104, LogLevel.Warning, "The sample could not be loaded; the service runs without it")]
    public static partial void SampleFailed(this ILogger logger, Exception exception);

    [LoggerMessage(132, LogLevel.Warning, "Redis at {Address} (Lepton:Redis) cannot be reached; the service is not ready and waits for it. Start it, or set Lepton:Redis to another address")]
    public static partial void RedisAway(this ILogger logger, string address);

    [LoggerMessage(133, LogLevel.Warning, "Redis at {Address} is back after {Seconds:F0} s")]
    public static partial void RedisBack(this ILogger logger, string address, double seconds);

    [LoggerMessage(134, LogLevel.Warning, "Loading the sample takes its time: the machine or the store is slow ({Reason}); what was not answered is tried again")]
    public static partial void SampleSlow(this ILogger logger, string reason);

    [LoggerMessage(131, LogLevel.Warning, "{Sentence}")]
    public static partial void UnknownSetting(this ILogger logger, string sentence);

    [LoggerMessage(106, LogLevel.Information, "Another service on this store has loaded the sample meanwhile")]
    public static partial void SampleLoadedElsewhere(this ILogger logger);

    [LoggerMessage(120, LogLevel.Warning, "The API listens on {Address}:{Port}, where only this machine reaches it, and other silos know this one at {SiloAddress}: whoever finds it in Consul asks in vain. Set --urls, such as http://0.0.0.0:8088, and Lepton:ApiKeys")]
    public static partial void ApiOutOfReach(this ILogger logger, string address, int port, System.Net.IPAddress siloAddress);

    [LoggerMessage(121, LogLevel.Warning, "The share of this silo in the partitions could not be changed; it is tried again")]
    public static partial void ShareNotChanged(this ILogger logger, Exception exception);

    [LoggerMessage(109, LogLevel.Information, "The service is ready")]
    public static partial void Ready(this ILogger logger);

    [LoggerMessage(110, LogLevel.Information, "The service is not ready yet: {Obstacle}")]
    public static partial void NotReadyYet(this ILogger logger, string obstacle);

    [LoggerMessage(111, LogLevel.Warning, "The service is not ready any more: {Obstacle}")]
    public static partial void ReadyNoMore(this ILogger logger, string obstacle, Exception? exception);

    [LoggerMessage(145, LogLevel.Warning, "The service stays ready for what it can do without: {Lack}")]
    public static partial void ReadyWithout(this ILogger logger, string lack, Exception? exception);

    [LoggerMessage(112, LogLevel.Information, "Settings have changed and are in use: {Settings}")]
    public static partial void SettingsInUse(this ILogger logger, string settings);

    [LoggerMessage(113, LogLevel.Warning, "Settings have changed and need a restart, until then those before stay in use: {Settings}")]
    public static partial void SettingsNeedRestart(this ILogger logger, string settings);

    [LoggerMessage(114, LogLevel.Error, "The changed {Section} cannot be used, what was before stays: {Reason}")]
    public static partial void SettingsRefused(this ILogger logger, string section, string reason);

    [LoggerMessage(107, LogLevel.Error, "The embedded store cannot write to {Folder}: it is away, and requests that need it are refused, until that is possible again")]
    public static partial void EmbeddedStoreFailed(this ILogger logger, string folder, Exception exception);

    [LoggerMessage(108, LogLevel.Warning, "The embedded store is back after {Seconds:F1} s, with everything that it has confirmed")]
    public static partial void EmbeddedStoreBack(this ILogger logger, double seconds);

    [LoggerMessage(115, LogLevel.Warning, "A producer of the service has trouble with Kafka: {Code}: {Reason}")]
    public static partial void KafkaNotice(this ILogger logger, Confluent.Kafka.ErrorCode code, string reason);

    [LoggerMessage(116, LogLevel.Warning, "Topic {Topic} cannot be used yet: {Reason}. Where the service may not create it: kafka-topics.sh --bootstrap-server {Servers} --create --topic {Topic} --partitions {Partitions}")]
    public static partial void EventTopicMissing(this ILogger logger, string topic, string reason, string servers, int partitions);

    [LoggerMessage(117, LogLevel.Warning, "Events for topic {Topic} are dropped, and counted in lepton.events.dropped: {Reason}")]
    public static partial void EventsDropped(this ILogger logger, string topic, string reason);

    [LoggerMessage(118, LogLevel.Information, "Events go out to topic {Topic} again")]
    public static partial void EventsGoOut(this ILogger logger, string topic);

    [LoggerMessage(119, LogLevel.Warning, "Topic {Topic} did not confirm an event of feedback that was read from Kafka; it is tried again, and its partition waits: {Reason}")]
    public static partial void EventNotConfirmed(this ILogger logger, string topic, string reason);
}
