using Lepton.Orleans.Cli.Commands;

return await LeptonCommand.RunAsync(args, CommandEnvironment.OfProcess());
