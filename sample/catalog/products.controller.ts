import { Controller, Get } from '@nestjs/common';
import { PRODUCTS, type Product } from './product.js';
import { Stock } from './stock.js';

@Controller('products')
export class ProductsController {
  constructor(private readonly stock: Stock) {}

  @Get()
  async list(): Promise<(Product & { stock: number })[]> {
    const levels = await this.stock.levels();
    return PRODUCTS.map((product) => ({ ...product, stock: levels.get(product.sku) ?? 0 }));
  }
}
