import { Global, Module } from '@nestjs/common';
import { Changes } from './changes.js';
import { ToolDirectory } from './tool-directory.js';
import { ToolPipeline } from './tool-pipeline.js';

/** The one way from a call to the tool that answers it. */
@Global()
@Module({
  providers: [Changes, ToolDirectory, ToolPipeline],
  exports: [Changes, ToolDirectory, ToolPipeline],
})
export class ToolsModule {}
