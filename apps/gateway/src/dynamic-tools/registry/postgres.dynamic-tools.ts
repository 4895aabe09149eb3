import { Injectable } from '@nestjs/common';
import { DynamicTools } from '../dynamic-tools.service.js';
import { NoToolStore } from '../dynamic-tools.errors.js';

/** Dynamic tools in PostgreSQL. */
@Injectable()
export class PostgresDynamicTools extends DynamicTools {
  list(): Promise<never> {
    return Promise.reject(new NoToolStore());
  }

  get(): Promise<never> {
    return Promise.reject(new NoToolStore());
  }

  create(): Promise<never> {
    return Promise.reject(new NoToolStore());
  }

  update(): Promise<never> {
    return Promise.reject(new NoToolStore());
  }

  delete(): Promise<never> {
    return Promise.reject(new NoToolStore());
  }

  enable(): Promise<never> {
    return Promise.reject(new NoToolStore());
  }

  history(): Promise<never> {
    return Promise.reject(new NoToolStore());
  }

  version(): Promise<never> {
    return Promise.reject(new NoToolStore());
  }

  rollback(): Promise<never> {
    return Promise.reject(new NoToolStore());
  }

  approve(): Promise<never> {
    return Promise.reject(new NoToolStore());
  }

  grant(): Promise<never> {
    return Promise.reject(new NoToolStore());
  }

  publish(): Promise<never> {
    return Promise.reject(new NoToolStore());
  }
}
