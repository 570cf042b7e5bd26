using System.CommandLine;
using System.Globalization;
using Lepton.Orleans.Cli.Commands;
using Lepton.Orleans.Engine.Evaluation;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Cli.Evaluate;

/// <summary><c>lepton evaluate</c>: measures the engine on a published split, with the build and the ranker that serve requests.</summary>
internal static class EvaluateCommand
{
    /// <summary>The command with one subcommand a protocol.</summary>
    internal static Command Create(TimeProvider clock)
    {
        var command = new Command("evaluate", "Measure recommendation quality on a data set on disk, with the product's own build and ranking.");
        command.Subcommands.Add(Protocol("top-k", "Recall@20 and NDCG@20 over the whole catalogue: train.txt and test.txt.", DataSetReader.TopK, clock));
        command.Subcommands.Add(Protocol("leave-one-out", "HR@10 and NDCG@10 among 99 negatives: *.train.rating and *.test.negative.", DataSetReader.LeaveOneOut, clock));
        command.Subcommands.Add(Protocol("sequences", "HR@10 and NDCG@10 of the last item of each sequence: sequences.txt.", DataSetReader.Sequences, clock));
        command.Subcommands.Add(Protocol("sessions", "P@20 (as hr@20) and MRR@20 of the next click: train_seqs.csv and test_seqs.csv.", DataSetReader.Sessions, clock));
        command.Subcommands.Add(PrequentialCommand.Create(clock));
        return command;
    }

    private static Command Protocol(string name, string description, Func<DirectoryInfo, EvaluationData> read, TimeProvider clock)
    {
        var folder = new Argument<DirectoryInfo>("folder") { Description = "The folder with the files of the split." };
        var orderFree = new Option<bool>("--order-free") { Description = "Ignore the order of histories: no recency, no sequential rules, no recurrence." };
        var seed = new Option<int>("--seed") { Description = "Seed of everything random.", DefaultValueFactory = static _ => 1 };
        var rank = new Option<int?>("--rank") { Description = "Length of the item vectors, 1 to 512; otherwise by the number of items." };
        rank.Accept("between 1 and 512", static n => n is >= 1 and <= 512);
        seed.Accept("a whole number");
        var tune = new Option<TimeSpan?>("--tune") { Description = "Search for so long, such as 10m, for better settings on the ends of the training histories, and use them." };
        tune.AcceptDuration();
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command(name, description) { folder, orderFree, seed, rank, tune, json };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () => Run(
                read,
                parsed.GetRequiredValue(folder),
                new ModelBuildOptions { OrderAware = !parsed.GetValue(orderFree), Seed = parsed.GetValue(seed), Rank = parsed.GetValue(rank) },
                parsed.GetValue(tune),
                clock,
                parsed.GetValue(json),
                parsed.InvocationConfiguration.Output,
                parsed.InvocationConfiguration.Error,
                cancellationToken),
            cancellationToken));
        return command;
    }

    private static int Run(
        Func<DirectoryInfo, EvaluationData> read,
        DirectoryInfo folder,
        ModelBuildOptions options,
        TimeSpan? budget,
        TimeProvider clock,
        bool json,
        TextWriter output,
        TextWriter error,
        CancellationToken cancellationToken)
    {
        EvaluationData data;
        try
        {
            data = folder.Exists ? read(folder) : throw new DataSetException($"There is no folder {folder.FullName}.");
        }
        catch (Exception e) when (e is DataSetException or IOException or UnauthorizedAccessException)
        {
            error.WriteLine(e.Message);
            return 1;
        }

        options = options with { OrderAware = options.OrderAware && data.OrderKnown };
        var tuning = budget is { } given ? TuningReport.Run(data.Training, options, given, clock, error, times: null, cancellationToken) : null;
        options = tuning?.Best.ApplyTo(options) ?? options;
        var training = default(TrainingCost);
        var built = TrainingCost.Measure(
            () => tuning?.Weights is { } weights
                ? ModelBuild.Train(data.Training, weights, options, progress: null, cancellationToken)
                : ModelBuild.Run(data.Training, options, progress: null, cancellationToken),
            ref training);
        var result = Evaluator.Run(built.ToRankingModel(), data.Cases, data.ListLength, options.Parallelism, cancellationToken);
        var report = EvaluationReport.Of(result with { Training = training }, tuning);
        if (json)
        {
            report.WriteJson(output);
            return 0;
        }

        report.WriteText(output);
        if (built.Learning is { } learning)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"weights learned on {learning.Users} users: {learning.StartRecall + learning.StartNdcg:F4} → {learning.Recall + learning.Ndcg:F4}; alone: {string.Join(", ", learning.Alone.OrderByDescending(source => source.Gain).Select(source => FormattableString.Invariant($"{source.Source} {source.Gain:F4}")))}"));
            output.WriteLine(learning.Weights);
        }

        return 0;
    }
}
